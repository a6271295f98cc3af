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

    /// Makes the set of the rows whose place in a mask is true.
    ///
    /// - Complexity: O(places)
    public init(_ mask: [Bool]) {
        words.reserveCapacity((mask.count + 63) / 64)
        for start in stride(from: 0, to: mask.count, by: 64) {
            var word: UInt64 = 0
            for place in start..<min(start + 64, mask.count) where mask[place] {
                word |= 1 << UInt64(place - start)
            }
            words.append(word)
            count += word.nonzeroBitCount
        }
    }

    /// Makes the set of the rows whose bit is 1, that of row 0 the lowest of the first word.
    ///
    /// - Complexity: O(words)
    public init(words: [UInt64]) {
        self.words = words
        count = words.reduce(0) { $0 &+ $1.nonzeroBitCount }
    }

    /// Makes the set of the rows with some numbers, as far as they are below a bound.
    ///
    /// - Complexity: O(bound / 64 + numbers)
    public init(numbers: [UInt64], below bound: Int) {
        let count = (bound + 63) / 64
        self.init(
            words: unsafe [UInt64](unsafeUninitializedCapacity: count) { words, written in
                unsafe words.initialize(repeating: 0)
                for number in numbers where number < UInt64(bound) {
                    unsafe words[Int(number >> 6)] |= 1 &<< (number & 63)
                }
                written = count
            })
    }

    /// Whether all rows of the set are below a bound.
    ///
    /// - Complexity: O(1) where the set was made with no more words than the bound needs
    public func isBelow(_ bound: Int) -> Bool {
        let last = words.indices.last { words[$0] != 0 }
        return last.map { 64 * $0 + 63 - words[$0].leadingZeroBitCount < bound } ?? true
    }

    /// Whether no row is in the set.
    public var isEmpty: Bool { count == 0 }

    /// The first row, or nil.
    ///
    /// - Complexity: O(rows / 64)
    public var first: UInt32? {
        words.firstIndex { $0 != 0 }.map { UInt32(64 * $0 + words[$0].trailingZeroBitCount) }
    }

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

    /// Puts all rows of another set into this one.
    ///
    /// - Complexity: O(rows / 64)
    public mutating func formUnion(_ other: RowSet) {
        if other.words.count > words.count {
            words.append(contentsOf: repeatElement(0, count: other.words.count - words.count))
        }
        for word in other.words.indices where other.words[word] != 0 {
            count += (other.words[word] & ~words[word]).nonzeroBitCount
            words[word] |= other.words[word]
        }
    }

    /// The rows of this set that are below a number, or from it on, counted from there.
    ///
    /// - Complexity: O(rows / 64)
    public func split(at row: Int) -> (below: RowSet, above: RowSet) {
        let (whole, shift) = (row / 64, UInt64(row % 64))
        var (below, above) = (RowSet(), RowSet())
        below.words = Array(words.prefix(whole))
        if shift > 0, whole < words.count { below.words.append(words[whole] & (1 << shift &- 1)) }
        for word in words.indices.dropFirst(whole) {
            let next = shift > 0 && word + 1 < words.count ? words[word + 1] << (64 &- shift) : 0
            above.words.append(words[word] >> shift | next)
        }
        below.count = below.words.reduce(0) { $0 + $1.nonzeroBitCount }
        above.count = above.words.reduce(0) { $0 + $1.nonzeroBitCount }
        return (below, above)
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
