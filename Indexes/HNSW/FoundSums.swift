import VectorCore

/// How many of their true neighbours so many queries found; whole numbers, so that no order of adding up
/// gives another table.
struct FoundSums {
    var count = 0
    var hits = 0
    var squares = 0

    mutating func add(_ found: Int) {
        count += 1
        hits += found
        squares += found * found
    }

    mutating func add(_ other: FoundSums) {
        count += other.count
        hits += other.hits
        squares += other.squares
    }

    /// The mean share of `k` neighbours.
    func recall(_ k: Int) -> Double { Double(hits) / Double(count * k) }

    func point(_ k: Int) -> RecallTable.Point? {
        guard count > 0 else { return nil }
        let mean = recall(k)
        let variance = max(0, Double(squares) / Double(count * k * k) - mean * mean)
        return RecallTable.Point(
            recall: mean, error: (variance / Double(max(1, count - 1))).squareRoot(),
            queryCount: count)
    }
}
