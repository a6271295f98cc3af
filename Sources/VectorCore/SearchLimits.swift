/// What is asked of an index beside the queries.
public struct SearchLimits: Sendable {
    /// How hard to look.
    public enum Effort: Hashable, Sendable {
        /// As hard as the index was built to.
        case usual
        /// As hard as a setting of the kind's own says, such as efSearch; exact kinds have none and ignore it.
        case setting(Int)
        /// All vectors are compared, whatever the kind.
        case exact
    }

    /// How many neighbours a query gets at most, at least 1.
    public var k: Int
    /// How hard to look; with a largest distance every answer is exact.
    public var effort: Effort
    /// The largest distance that an answer has, itself included; nil for any.
    public var within: Float?
    /// The rows that an answer may have; nil for all.
    public var allowed: RowSet?
    /// Rows that no answer has, though they are allowed.
    public var hidden: RowSet
    /// How many threads answer several queries, at least 1.
    public var threads: Int

    /// Makes limits; what is left out limits nothing.
    public init(
        k: Int, effort: Effort = .usual, within: Float? = nil, allowed: RowSet? = nil,
        hidden: RowSet = RowSet(), threads: Int = 1
    ) {
        self.k = k
        self.effort = effort
        self.within = within
        self.allowed = allowed
        self.hidden = hidden
        self.threads = threads
    }

    /// Whether an answer may have a row.
    @inlinable
    public func allows(_ row: UInt32) -> Bool {
        !hidden.contains(row) && (allowed?.contains(row) ?? true)
    }

    /// The rows of an index that an answer may have, where not all may be in one; nil where all may.
    ///
    /// - Parameters:
    ///   - rowCount: how many rows the index has.
    ///   - own: rows that the index itself hides.
    /// - Complexity: O(rowCount / 64)
    public func rows(of rowCount: Int, hiding own: RowSet = RowSet()) -> RowSet? {
        guard allowed != nil || !hidden.isEmpty else { return nil }
        var rows: RowSet
        if let allowed, allowed.isBelow(rowCount) {
            rows = allowed
        } else {
            rows = RowSet(all: rowCount)
            if let allowed { rows.formIntersection(allowed) }
        }
        rows.subtract(hidden)
        rows.subtract(own)
        return rows
    }
}
