import LinearAlgebra
public import VectorCore

extension FlatIndex {
    /// Answers many queries from some of the rows: for each the `min(k, rows.count)` nearest of them.
    ///
    /// - Throws: ``IndexError`` as `search` does.
    /// - Complexity: O(queries · rows.count · dimension / threads)
    public func searchBatch(
        _ queries: FloatMatrix, k: Int, among rows: RowSet, threads: Int
    ) throws(IndexError) -> [[Neighbor]] {
        try validate(queries, k: k)
        return try QueryCheck.checked(
            exact.searchBatch(queries, k: k, among: rows, threads: threads))
    }

    /// Answers many queries from some of the rows: for each the `k` nearest of those not farther than `within`.
    ///
    /// - Throws: ``IndexError`` as `search` does.
    /// - Complexity: O(queries · rows.count · dimension / threads)
    public func searchBatch(
        _ queries: FloatMatrix, k: Int, within: Float, among rows: RowSet, threads: Int
    ) throws(IndexError) -> [[Neighbor]] {
        try validate(queries, k: k)
        return try QueryCheck.checked(
            exact.searchBatch(queries, k: k, within: within, among: rows, threads: threads))
    }
}

extension FlatVersion {
    /// Answers many queries from some of the rows that are not hidden: for each the `k` nearest of them.
    ///
    /// - Throws: ``IndexError`` as `search` does.
    /// - Complexity: O(queries · rows.count · dimension / threads)
    public func searchBatch(
        _ queries: FloatMatrix, k: Int, among rows: RowSet, threads: Int
    ) throws(IndexError) -> [[Neighbor]] {
        try QueryCheck(dimension: dimension).validate(queries, k: k)
        return try QueryCheck.checked(
            exact.searchBatch(queries, k: k, among: shown(rows), threads: threads))
    }

    /// Answers many queries from some of the rows that are not hidden: for each the `k` nearest of those not
    /// farther than `within`.
    ///
    /// - Throws: ``IndexError`` as `search` does.
    /// - Complexity: O(queries · rows.count · dimension / threads)
    public func searchBatch(
        _ queries: FloatMatrix, k: Int, within: Float, among rows: RowSet, threads: Int
    ) throws(IndexError) -> [[Neighbor]] {
        try QueryCheck(dimension: dimension).validate(queries, k: k)
        return try QueryCheck.checked(
            exact.searchBatch(
                queries, k: k, within: within, among: shown(rows), threads: threads))
    }

    private func shown(_ rows: RowSet) -> RowSet {
        var shown = rows
        shown.subtract(hidden)
        return shown
    }
}
