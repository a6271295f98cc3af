/// Which of 4,096 consecutive point numbers have a value: the content of one record of a payload index.
///
/// | offset | bytes | content |
/// |---|---|---|
/// | 0 | 2 | how many, 1 to 4,096 |
/// | 2 | 2 each | up to 255: the numbers within the block, ascending, `UInt16` |
/// | 2 | 512 | more than that: a bit each, in 64 words `UInt64` whose lowest bit comes first |
struct NumberBlock: Hashable {
    static let shift: UInt64 = 12
    static let size = 1 << 12
    static let wordCount = 64
    private static let longestList = 255

    /// A bit for each number of the block.
    private(set) var words = [UInt64](repeating: 0, count: wordCount)

    /// How many numbers there are.
    var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    init() {}

    /// Reads a record, or returns nil where it is none.
    init?(_ record: RawSpan) {
        guard Self.merge(record, into: &words, at: 0) else { return nil }
    }

    /// Adds the numbers of a record to 64 words from `start` on; false where it is no record.
    static func merge(_ record: RawSpan, into words: inout [UInt64], at start: Int) -> Bool {
        guard let count = Self.count(record) else { return false }
        if count <= longestList {
            guard record.byteCount == 2 + 2 * count else { return false }
            var last = -1
            for place in 0..<count {
                let offset = Int(record.integer(UInt16.self, at: 2 + 2 * place))
                guard offset > last, offset < size else { return false }
                words[start + (offset >> 6)] |= 1 << UInt64(offset & 63)
                last = offset
            }
            return true
        }
        guard record.byteCount == 2 + 8 * wordCount else { return false }
        var found = 0
        for place in 0..<wordCount {
            let word = record.integer(UInt64.self, at: 2 + 8 * place)
            found += word.nonzeroBitCount
            words[start + place] |= word
        }
        return found == count
    }

    /// How many numbers a record says that it has, or nil where it says nothing that can be.
    static func count(_ record: RawSpan) -> Int? {
        guard record.byteCount >= 2 else { return nil }
        let count = Int(record.integer(UInt16.self, at: 0))
        return (1...size).contains(count) ? count : nil
    }

    /// Whether a number is in the block.
    func contains(_ number: PointNumber) -> Bool {
        let offset = number.rawValue & UInt64(Self.size - 1)
        return words[Int(offset >> 6)] >> (offset & 63) & 1 == 1
    }

    /// Puts a number in or takes it out; false where that changes nothing.
    mutating func set(_ number: PointNumber, _ isIn: Bool) -> Bool {
        guard contains(number) != isIn else { return false }
        let offset = number.rawValue & UInt64(Self.size - 1)
        words[Int(offset >> 6)] ^= 1 << (offset & 63)
        return true
    }

    /// The record.
    ///
    /// - Precondition: the block is not empty.
    var encoded: [UInt8] {
        let count = count
        precondition(count > 0)
        var bytes = UInt16(count).bigEndianBytes
        if count > Self.longestList {
            for word in words { bytes += word.bigEndianBytes }
            return bytes
        }
        bytes.reserveCapacity(2 + 2 * count)
        for (place, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                bytes += UInt16(64 * place + rest.trailingZeroBitCount).bigEndianBytes
                rest &= rest - 1
            }
        }
        return bytes
    }
}
