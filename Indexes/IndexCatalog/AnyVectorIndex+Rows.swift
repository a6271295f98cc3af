import Flat
import HNSW
import Matrix
public import VectorCore

extension AnyVectorIndex {
    /// Answers many queries from some of the rows: for each the `min(k, rows.count)` nearest of them, and
    /// never fewer.
    ///
    /// The exact kinds scan them; `hnsw` walks its graph or scans, whichever it predicts to cost less.
    ///
    /// - Parameters:
    ///   - queries: shape (queries, dimension).
    ///   - k: how many neighbours a query, at least 1.
    ///   - parameters: how hard to look; nil for exactly.
    ///   - rows: the rows that an answer may have.
    ///   - threads: how many threads work, at least 1.
    /// - Throws: ``IndexError`` as the index's own search does.
    /// - Complexity: O(queries · rows.count · dimension / threads)
    public func searchBatch(
        _ queries: FloatMatrix, k: Int, parameters: SearchParameters? = nil, among rows: RowSet,
        threads: Int
    ) throws(IndexError) -> [[Neighbor]] {
        switch self {
        case .flat(let index):
            try index.searchBatch(queries, k: k, among: rows, threads: threads)
        case .matrix(let index):
            try index.searchBatch(queries, k: k, among: rows, threads: threads)
        case .hnsw(let index):
            if let parameters {
                try index.searchBatch(
                    queries, k: k, parameters: parameters, among: rows, threads: threads)
            } else {
                try index.searchBatchExactly(
                    queries, k: k, within: nil, among: rows, threads: threads)
            }
        }
    }

    /// Answers many queries from some of the rows exactly: for each the `k` nearest of those that are not
    /// farther than `within`.
    ///
    /// - Parameters:
    ///   - queries: shape (queries, dimension).
    ///   - k: how many neighbours a query at most, at least 1.
    ///   - within: the largest distance that an answer has.
    ///   - rows: the rows that an answer may have.
    ///   - threads: how many threads work, at least 1.
    /// - Throws: ``IndexError`` as the index's own search does.
    /// - Complexity: O(queries · rows.count · dimension / threads)
    public func searchBatch(
        _ queries: FloatMatrix, k: Int, within: Float, among rows: RowSet, threads: Int
    ) throws(IndexError) -> [[Neighbor]] {
        switch self {
        case .flat(let index):
            try index.searchBatch(queries, k: k, within: within, among: rows, threads: threads)
        case .matrix(let index):
            try index.searchBatch(queries, k: k, within: within, among: rows, threads: threads)
        case .hnsw(let index):
            try index.searchBatchExactly(
                queries, k: k, within: within, among: rows, threads: threads)
        }
    }
}
