public import VectorCore

/// How many of their true neighbours so many queries found; whole numbers, so that no order of adding up
/// gives another table.
public struct FoundSums: Hashable, Sendable {
    var count = 0
    var hits = 0
    private var squares = 0

    /// Makes a sum of no queries.
    public init() {}

    /// Adds a query that found so many.
    public mutating func add(_ found: Int) {
        count += 1
        hits += found
        squares += found * found
    }

    /// Adds other queries.
    public mutating func add(_ other: FoundSums) {
        count += other.count
        hits += other.hits
        squares += other.squares
    }

    /// The mean share of `k` neighbours.
    func recall(_ k: Int) -> Double { Double(hits) / Double(count * k) }

    /// What was measured for `k` neighbours; nil without queries.
    public func point(_ k: Int) -> RecallTable.Point? {
        guard count > 0 else { return nil }
        let mean = recall(k)
        let variance = max(0, Double(squares) / Double(count * k * k) - mean * mean)
        return RecallTable.Point(
            recall: mean, error: (variance / Double(max(1, count - 1))).squareRoot(),
            queryCount: count)
    }
}
