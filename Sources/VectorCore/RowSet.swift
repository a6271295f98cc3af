/// Some of the rows of an index, a bit each.
public struct RowSet: Sendable {
    private var words: [UInt64] = []
    /// How many rows are in the set.
    public private(set) var count = 0

    /// Makes an empty set.
    public init() {}

    /// Whether no row is in the set.
    public var isEmpty: Bool { count == 0 }

    /// How many bytes the set takes.
    public var byteCount: Int { words.count * 8 }

    /// Whether a row is in the set.
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
}
