public import VectorCore

/// How close answers came to the exact ones: each query's share, and what follows from them.
public struct Recall: Hashable, Sendable {
    /// For every query, from 0 to 1.
    public let perQuery: [Double]

    /// Wraps the shares of at least one query.
    init(perQuery: [Double]) {
        self.perQuery = perQuery
    }

    /// The mean over queries; 1 where there are none.
    public var mean: Double {
        perQuery.isEmpty ? 1 : perQuery.reduce(0, +) / Double(perQuery.count)
    }

    /// The share of the worst query; 1 where there are no queries.
    public var minimum: Double { perQuery.min() ?? 1 }

    /// What the mean over all possible queries exceeds with 95 % confidence.
    ///
    /// The mean less 1.645 standard errors; queries' shares are not Bernoulli trials, so their own
    /// deviation is used. 0 where there are fewer than two queries.
    public var lowerBound: Double {
        guard perQuery.count > 1 else { return 0 }
        let mean = mean
        let squares = perQuery.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let variance = squares / Double(perQuery.count - 1)
        return max(0, mean - 1.645 * (variance / Double(perQuery.count)).squareRoot())
    }
}

extension GroundTruth {
    /// The share of a query's `k` results whose exact distance is at most the true k-th nearest.
    ///
    /// Ties count. The excluded row does not, nor does a row that is named twice; where fewer than
    /// `k` other vectors exist, the share is of those. Distances that the index reports are not
    /// looked at, because they may be approximate.
    ///
    /// - Parameters:
    ///   - query: its position.
    ///   - k: at most the truth's own `k`, at least 1.
    ///   - results: the index's answer, best first.
    ///   - exactDistance: the distance of a row from this query, computed as the truth's distances
    ///     were; asked only for rows that are not among the truth's `k`.
    /// - Returns: from 0 to 1.
    /// - Complexity: O(k²)
    public func recall(
        query: Int, at k: Int, of results: some Sequence<RowID>,
        exactDistance: (RowID) -> Float
    ) -> Double {
        precondition(k >= 1 && k <= self.k, "the truth has \(self.k) neighbours, not \(k)")
        let truth = neighbors[query].prefix(k)
        guard let farthest = truth.last?.distance else { return 1 }
        var seen: [RowID] = []
        var hits = 0
        for row in results where row != excluded[query] {
            if seen.count == truth.count { break }
            if seen.contains(row) { continue }
            seen.append(row)
            if truth.contains(where: { $0.row == row }) || exactDistance(row) <= farthest {
                hits += 1
            }
        }
        return Double(hits) / Double(truth.count)
    }

    /// The recall of all queries' answers.
    ///
    /// - Parameters:
    ///   - results: for every query the index's answer, best first.
    ///   - k: at most the truth's own `k`, at least 1.
    ///   - exactDistance: the distance of a row from a query, as for one query.
    /// - Throws: ``EvaluationError`` where there are other than `count` answers or `k` is out of
    ///   range.
    public func recall(
        of results: [[Neighbor]], at k: Int,
        exactDistance: (_ query: Int, _ row: RowID) -> Float
    ) throws(EvaluationError) -> Recall {
        guard results.count == count else {
            throw EvaluationError("There are \(count) queries, but \(results.count) answers.")
        }
        guard k >= 1 && k <= self.k else {
            throw EvaluationError(
                "Recall at \(k) cannot be measured with a truth of \(self.k) neighbours.")
        }
        return Recall(
            perQuery: results.indices.map { query in
                recall(query: query, at: k, of: results[query].lazy.map(\.row)) { row in
                    exactDistance(query, row)
                }
            })
    }
}
