import LinearAlgebra
import Synchronization
public import VectorCore

extension HNSWIndex {
    /// Returns the `min(k, count)` nearest rows by an exact scan of the graph's own vectors.
    ///
    /// The answer is that of a flat index. Under cosine the vectors that are scanned are the
    /// normalised ones, so that distances may differ from a flat index's by the rounding of that.
    ///
    /// - Throws: ``IndexError`` with `dimensionMismatch`, `notFinite` or `invalidParameter`.
    /// - Complexity: O(count · dimension)
    public func searchExactly(_ query: Span<Float>, k: Int) throws(IndexError) -> [Neighbor] {
        try validate(query, k: k)
        let queries = unsafe FloatMatrix(rows: 1, columns: dimension) { _, target in
            for i in query.indices { unsafe target[i] = query[i] }
        }
        return try searchBatchExactly(queries, k: k, threads: 1).first ?? []
    }

    /// Answers many queries exactly on `threads` threads; one list a query, in their order.
    ///
    /// - Throws: ``IndexError`` as `searchExactly` does.
    /// - Complexity: O(queries · count · dimension / threads)
    public func searchBatchExactly(
        _ queries: FloatMatrix, k: Int, threads: Int
    ) throws(IndexError) -> [[Neighbor]] {
        try validate(queries, k: k)
        // What is hidden may be written to, so it is not even read.
        guard hidden.isEmpty else {
            return exact.searchBatch(scanned(queries), k: k, among: shown, threads: threads)
        }
        return exact.searchBatch(scanned(queries), k: k, threads: threads)
    }

    /// The distance of a row as `searchBatchExactly` reports it.
    ///
    /// - Parameters:
    ///   - queries: what ``scanned(_:)`` gave.
    ///   - query: one of its rows.
    ///   - row: a row of this index.
    package func exactDistance(_ queries: FloatMatrix, _ query: Int, _ row: RowID) -> Float {
        Float(exact.distance(queries, query, row.rawValue))
    }

    /// Queries with as many numbers as the vectors have inside.
    package func scanned(_ queries: FloatMatrix) -> FloatMatrix {
        guard vectors.columns > dimension else { return queries }
        return unsafe FloatMatrix(rows: queries.rows, columns: vectors.columns) { row, target in
            guard let start = target.baseAddress else { return }
            unsafe start.update(from: queries.pointer(row: row), count: dimension)
        }
    }

    /// Some of the index's own vectors as queries; under cosine they are normalised.
    package func ownVectors(_ rows: [Int]) -> FloatMatrix {
        unsafe FloatMatrix(rows: rows.count, columns: dimension) { row, target in
            guard let start = target.baseAddress else { return }
            unsafe start.update(from: vectors.pointer(row: rows[row]), count: dimension)
        }
    }

    /// What scans the vectors; made when it is first needed, as it computes a norm a row.
    var exact: ExactSearch {
        scan.withLock { scan in
            if let scan { return scan }
            let made = ExactSearch(vectors, metric: metric)
            scan = made
            return made
        }
    }
}
