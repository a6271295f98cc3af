import LinearAlgebra
public import VectorCore

extension FlatIndex {
    /// Returns the `min(k, count)` nearest rows, nearest first, ties by row.
    ///
    /// - Throws: ``IndexError`` with `dimensionMismatch`, `notFinite` or `invalidParameter`.
    /// - Complexity: O(count · dimension)
    public func search(
        _ query: Span<Float>, k: Int, parameters: SearchParameters
    ) throws(IndexError) -> [Neighbor] {
        try validate(query, k: k)
        return try QueryCheck.checked(exact.search(query, k: k))
    }

    /// Answers many queries on `threads` threads, by matrix products where the metric allows.
    ///
    /// - Throws: ``IndexError`` as `search` does.
    /// - Complexity: O(queries · count · dimension / threads)
    public func searchBatch(
        _ queries: FloatMatrix, k: Int, parameters: SearchParameters, threads: Int
    ) throws(IndexError) -> [[Neighbor]] {
        try validate(queries, k: k)
        return try QueryCheck.checked(exact.searchBatch(queries, k: k, threads: threads))
    }
}
