/// Some of the rows of an index, a bit each.
public struct RowSet: Sendable {
    @usableFromInline var words: [UInt64] = []
    /// How many rows are in the set.
    public private(set) var count = 0

    /// Makes an empty set.
    public init() {}

    /// Makes the set of the rows from 0 to `count`, without the last.
    public init(all count: Int) {
        words = .init(repeating: .max, count: count / 64)
        if count % 64 > 0 { words.append(1 << UInt64(count % 64) &- 1) }
        self.count = count
    }

    /// Makes the set of some rows.
    public init(of rows: some Sequence<UInt32>) {
        formUnion(rows)
    }

    /// Whether no row is in the set.
    public var isEmpty: Bool { count == 0 }

    /// How many bytes the set takes.
    public var byteCount: Int { words.count * 8 }

    /// Whether a row is in the set.
    @inlinable
    public func contains(_ row: UInt32) -> Bool {
        let word = Int(row >> 6)
        return word < words.count && words[word] >> UInt64(row & 63) & 1 == 1
    }

    /// Puts a row into the set; false where it was there already.
    @discardableResult
    public mutating func insert(_ row: UInt32) -> Bool {
        guard !contains(row) else { return false }
        let word = Int(row >> 6)
        if word >= words.count {
            words.append(contentsOf: repeatElement(0, count: word + 1 - words.count))
        }
        words[word] |= 1 << UInt64(row & 63)
        count += 1
        return true
    }

    /// Takes a row out of the set; false where it was not in it.
    @discardableResult
    public mutating func remove(_ row: UInt32) -> Bool {
        guard contains(row) else { return false }
        words[Int(row >> 6)] &= ~(1 << UInt64(row & 63))
        count -= 1
        return true
    }

    /// Puts rows into the set.
    public mutating func formUnion(_ rows: some Sequence<UInt32>) {
        for row in rows { insert(row) }
    }

    /// Takes all rows of another set out of this one.
    ///
    /// - Complexity: O(rows / 64)
    public mutating func subtract(_ other: RowSet) {
        for word in 0..<min(words.count, other.words.count) where other.words[word] != 0 {
            count -= (words[word] & other.words[word]).nonzeroBitCount
            words[word] &= ~other.words[word]
        }
    }

    /// Leaves the rows that are in another set too.
    ///
    /// - Complexity: O(rows / 64)
    public mutating func formIntersection(_ other: RowSet) {
        for word in words.indices {
            let both = word < other.words.count ? words[word] & other.words[word] : 0
            count -= words[word].nonzeroBitCount - both.nonzeroBitCount
            words[word] = both
        }
    }

    /// The rows, ascending.
    ///
    /// - Complexity: O(rows / 64 + count)
    public var rows: [UInt32] {
        var rows: [UInt32] = []
        rows.reserveCapacity(count)
        for (place, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                rows.append(UInt32(64 * place + rest.trailingZeroBitCount))
                rest &= rest - 1
            }
        }
        return rows
    }
}
