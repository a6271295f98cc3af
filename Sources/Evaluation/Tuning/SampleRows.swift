public import VectorCore

/// Which rows of an index are asked as queries, where the user gave none.
public enum SampleRows {
    /// So few rows are compared with a query one by one nearly as fast as an index is searched.
    public static let few = 256
    /// Queries that are enough for a table.
    static let wanted = 1000
    /// At most such a share of the rows is asked.
    private static let share = 10

    /// How many of the rows of a build stay out of it until it has been measured.
    static func heldOutCount(_ rows: Int) -> Int {
        rows <= few ? 0 : min(wanted, rows / share)
    }

    /// Draws from rows that were there after many had changed.
    ///
    /// - Parameters:
    ///   - rows: those that can be found, without those that equal another, which would be found at once from there.
    ///   - count: how many vectors there are.
    ///   - table: what was measured before.
    /// - Returns: in random order; none where they would be too few.
    /// - Complexity: O(rows)
    public static func changed(
        _ rows: RowSet, of count: Int, replacing table: RecallTable?, seed: UInt64
    ) -> [UInt32] {
        // Fewer are enough of a small index, where few changes make measuring due.
        let drawn = min(min(wanted, max(fewWanted, count / 16)), rows.count / share)
        // Fewer do not replace what was measured with more: half of what a build would keep out of it.
        let least = table == nil ? 1 : min(fewWanted, heldOutCount(count) / 2)
        guard drawn >= least else { return [] }
        var generator = SplitMix64(seed: seed)
        return Array(rows.rows.shuffled(using: &generator).prefix(drawn))
    }

    private static let fewWanted = 250
}

/// The rows of a build in random order, of which the last stay out of it until it has been measured.
public struct HeldOutRows: Sendable {
    private let rows: [UInt32]
    private let heldCount: Int

    /// Draws from rows of which no two are equal.
    ///
    /// - Parameter isMeasured: whether any stay out.
    /// - Complexity: O(rows)
    public init(of rows: [UInt32], seed: UInt64, isMeasured: Bool = true) {
        var generator = SplitMix64(seed: seed)
        self.rows = rows.shuffled(using: &generator)
        heldCount = isMeasured ? SampleRows.heldOutCount(rows.count) : 0
    }

    /// Those that are there when it is measured.
    public var kept: ArraySlice<UInt32> { rows.prefix(rows.count - heldCount) }
    /// Those that are asked then; none where there are few rows.
    public var held: ArraySlice<UInt32> { rows.suffix(heldCount) }
    /// How many rows there are.
    public var count: Int { rows.count }
    /// The first row; nil where there is none.
    public var first: UInt32? { rows.first }
}
