public import VectorCore

extension VectorIndex {
    /// The nearest rows of one query.
    public func search(
        _ query: Span<Float>, k: Int, effort: SearchLimits.Effort = .usual
    ) throws(IndexError) -> [Neighbor] {
        try nearest(query, SearchLimits(k: k, effort: effort))
    }

    /// The nearest rows of one query in an array.
    public func search(
        _ query: [Float], k: Int, _ effort: SearchLimits.Effort = .usual
    ) throws(IndexError) -> [Neighbor] {
        try search(query.span, k: k, effort: effort)
    }

    /// The nearest rows of every query, from some rows or all.
    public func searchBatch(
        _ queries: FloatMatrix, k: Int, effort: SearchLimits.Effort = .usual,
        within: Float? = nil, among allowed: RowSet? = nil, threads: Int
    ) throws(IndexError) -> [[Neighbor]] {
        try nearest(
            queries,
            SearchLimits(
                k: k, effort: effort, within: within, allowed: allowed, threads: threads))
    }
}
