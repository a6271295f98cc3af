public import VectorCore

/// Queries of an index with their true neighbours.
public struct SampleQueries: Sendable {
    /// Shape (queries, dimension).
    public let queries: FloatMatrix
    /// For each query the nearest rows, nearest first.
    public let neighbors: [[Neighbor]]

    /// Finds the true neighbours, as many as recall is measured for.
    ///
    /// - Throws: ``IndexError`` as an exact search does.
    /// - Complexity: O(queries · count · dimension / threads)
    public init(
        _ queries: FloatMatrix, of index: some VectorIndex, threads: Int
    ) throws(IndexError) {
        let most = RecallMeasurement.neighborCounts.last ?? 1
        self.queries = queries
        neighbors = try index.nearest(
            queries,
            SearchLimits(k: max(1, min(index.count, most)), effort: .exact, threads: threads))
    }

    /// How far the true `k`-th nearest of a query is; nil where there are fewer vectors.
    public func farthest(_ query: Int, k: Int) -> Float? {
        neighbors[query].count < k ? nil : neighbors[query][k - 1].distance
    }

    /// How many of its `k` true neighbours a query has found; ties count.
    ///
    /// - Returns: nil where there are fewer vectors.
    func hits(_ query: Int, k: Int, in found: some Collection<Neighbor>) -> Int? {
        guard let farthest = farthest(query, k: k) else { return nil }
        let truth = neighbors[query].prefix(k)
        return found.prefix(k).count { near in
            // Distances of approximate searches may be rounded otherwise.
            near.distance <= farthest || truth.contains { $0.row == near.row }
        }
    }
}
