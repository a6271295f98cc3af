import LinearAlgebra
import Locks
public import VectorCore
import VectorKernels
import WorkerThreads

extension HNSWIndex {
    /// Returns the `min(k, count)` nearest rows by an exact scan of the graph's own vectors.
    ///
    /// The answer is that of a flat index, to the bit.
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
        guard keepsVectors else {
            return try scanRead(queries, k: k, within: nil, among: shown.rows, threads: threads)
        }
        guard preparation.exponent == 0 else {
            return try scan(queries, DistanceScan(k: k), among: shown.rows, threads)
        }
        // What is hidden may be written to, so it is not even read.
        return try QueryCheck.checked(
            hidden.isEmpty
                ? exact.searchBatch(queries, k: k, threads: threads)
                : exact.searchBatch(queries, k: k, among: shown, threads: threads))
    }

    /// Answers many queries exactly from some of the rows: for each the `k` nearest of those that are not
    /// farther than `within`.
    ///
    /// - Parameters:
    ///   - queries: shape (queries, dimension).
    ///   - k: how many neighbours a query at most, at least 1.
    ///   - within: the largest distance that an answer has; nil for any.
    ///   - rows: the rows that an answer may have.
    ///   - threads: how many threads work, at least 1.
    /// - Throws: ``IndexError`` as `searchExactly` does.
    /// - Complexity: O(queries · rows.count · dimension / threads)
    public func searchBatchExactly(
        _ queries: FloatMatrix, k: Int, within: Float?, among rows: RowSet, threads: Int
    ) throws(IndexError) -> [[Neighbor]] {
        try validate(queries, k: k)
        var rows = rows
        rows.subtract(hidden)
        let chosen = rows.rows
        guard keepsVectors else {
            return try scanRead(queries, k: k, within: within, among: chosen, threads: threads)
        }
        guard preparation.exponent == 0 else {
            let scan = DistanceScan(k: k, within: within ?? .infinity)
            return try self.scan(queries, scan, among: chosen, threads)
        }
        return try QueryCheck.checked(
            within.map {
                exact.searchBatch(queries, k: k, within: $0, among: rows, threads: threads)
            }
                ?? exact.searchBatch(queries, k: k, among: rows, threads: threads))
    }

    /// Measures some rows in double precision, one after another.
    private func scan(
        _ queries: FloatMatrix, _ scan: DistanceScan, among rows: [UInt32], _ threads: Int
    ) throws(IndexError) -> [[Neighbor]] {
        let answers = Lock([[Neighbor]](repeating: [], count: queries.rows))
        WorkerThreads.forEachPiece(of: queries.rows, piece: 1, threads: threads) { _, pieces in
            let found = pieces.map { query in
                withExactDistances(queries, query) { scan.nearest(of: rows, distance: $0) }
            }
            answers.withLock { $0.replaceSubrange(pieces, with: found) }
        }
        return try QueryCheck.checked(answers.withLock { $0 })
    }

    /// Calls `body` with what gives the distance of a query to a row, as it is reported, where rows were scaled.
    private func withExactDistances<R>(
        _ queries: FloatMatrix, _ query: Int, _ body: ((UInt32) -> Double) -> R
    ) -> R {
        // The vectors as they came: a query may be too long or too short to be multiplied as they were.
        unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: dimension) { vector in
            guard let start = vector.baseAddress else { preconditionFailure() }
            return body { row in
                unsafe preparation.scale(
                    vectors.pointer(row: Int(row)), by: -preparation.exponent, into: start)
                return unsafe kernel.precise(
                    queries.pointer(row: query), start, dimension: dimension)
            }
        }
    }

    /// Some of the index's own vectors as queries; under cosine they are normalised.
    ///
    /// - Precondition: the index keeps its vectors.
    package func ownVectors(_ rows: [Int]) -> FloatMatrix {
        unsafe FloatMatrix(rows: rows.count, columns: dimension) { row, target in
            guard let start = target.baseAddress else { return }
            unsafe preparation.scale(
                vectors.pointer(row: rows[row]), by: -preparation.exponent, into: start)
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
