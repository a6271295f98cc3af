import LinearAlgebra
import Synchronization
public import VectorCore
import VectorKernels
import WorkerThreads

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
        guard keepsVectors else {
            return try scanRead(queries, k: k, within: nil, among: shown.rows, threads: threads)
        }
        // What is hidden may be written to, so it is not even read.
        guard hidden.isEmpty else {
            return exact.searchBatch(scanned(queries), k: k, among: shown, threads: threads)
        }
        return exact.searchBatch(scanned(queries), k: k, threads: threads)
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
        let scan = DistanceScan(k: max(1, k), within: within ?? .infinity)
        let scanned = scanned(queries)
        let exact = self.exact
        let answers = Mutex([[Neighbor]](repeating: [], count: queries.rows))
        WorkerThreads.forEachPiece(of: queries.rows, piece: 1, threads: threads) { _, pieces in
            let found = pieces.map { query in
                scan.nearest(of: chosen) { row in
                    exact.distance(scanned, query, row)
                }
            }
            answers.withLock { $0.replaceSubrange(pieces, with: found) }
        }
        return answers.withLock { $0 }
    }

    /// The distance of a row as `searchBatchExactly` reports it.
    ///
    /// - Precondition: the index keeps its vectors.
    /// - Parameters:
    ///   - queries: what ``scanned(_:)`` gave.
    ///   - query: one of its rows.
    ///   - row: a row of this index.
    package func exactDistance(_ queries: FloatMatrix, _ query: Int, _ row: RowID) -> Float {
        precondition(keepsVectors)
        return Float(exact.distance(queries, query, row.rawValue))
    }

    /// Queries with as many numbers as the vectors have inside.
    package func scanned(_ queries: FloatMatrix) -> FloatMatrix {
        guard vectors.columns > dimension else { return queries }
        return unsafe FloatMatrix(rows: queries.rows, columns: vectors.columns) { row, target in
            guard let start = target.baseAddress else { return }
            unsafe start.update(from: queries.pointer(row: row), count: dimension)
        }
    }

    /// Some of the index's vectors as queries, with their rows; under cosine they are normalised.
    ///
    /// - Returns: those that can be had: all that the index keeps itself.
    /// - Throws: ``IndexError`` as ``RowVectors/forEach(_:_:)`` does.
    package func sample(
        _ rows: [Int]
    ) throws(IndexError) -> (rows: [Int], vectors: FloatMatrix) {
        guard !keepsVectors else { return (rows, ownVectors(rows)) }
        var had: [Int] = []
        var vectors: [[Float]] = []
        unsafe try read(rows.map { UInt32($0) }) { place, vector in
            had.append(rows[place])
            vectors.append(
                unsafe Array(UnsafeBufferPointer(start: vector, count: dimension)))
        }
        return (had, FloatMatrix(vectors, columns: dimension))
    }

    /// Some of the index's own vectors as queries; under cosine they are normalised.
    ///
    /// - Precondition: the index keeps its vectors.
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
