import LinearAlgebra
import Locks
import MappedStorage
public import VectorCore
import VectorKernels
import WorkerThreads

extension HNSWIndex {
    /// Answers many queries by an exact scan of the graph's own vectors: for each the `k` nearest of the rows that
    /// are not farther than `within`.
    ///
    /// The answers are those of a flat index, to the bit.
    ///
    /// - Parameters:
    ///   - queries: shape (queries, dimension).
    ///   - k: how many neighbours a query at most, at least 1.
    ///   - within: the largest distance that an answer has; nil for any.
    ///   - allowed: the rows that an answer may have, none of them hidden; nil for all that can be found.
    ///   - threads: how many threads work, at least 1.
    /// - Throws: ``IndexError`` as `search` does.
    /// - Complexity: O(queries · rows · dimension / threads)
    func scanned(
        _ queries: FloatMatrix, k: Int, within: Float? = nil, among allowed: RowSet? = nil,
        threads: Int
    ) throws(IndexError) -> [[Neighbor]] {
        guard keepsVectors else {
            return try scanRead(
                queries, k: k, within: within, among: (allowed ?? shown).rows, threads: threads)
        }
        guard preparation.exponent == 0 else {
            let scan = DistanceScan(k: k, within: within ?? .infinity)
            return try self.scan(queries, scan, among: (allowed ?? shown).rows, threads)
        }
        var answers = Answers()
        // What is hidden may be written to, so it is not even read.
        let allowed = hidden.isEmpty ? allowed : allowed ?? shown
        try exact.search(
            Queries(queries),
            SearchLimits(k: k, within: within, allowed: allowed, threads: threads),
            into: &answers)
        return answers.lists
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
    func ownVectors(_ rows: [Int]) -> FloatMatrix {
        unsafe FloatMatrix(rows: rows.count, columns: dimension) { row, target in
            guard let start = target.baseAddress else { return }
            unsafe preparation.scale(
                vectors.pointer(row: rows[row]), by: -preparation.exponent, into: start)
        }
    }

    /// Some of the vectors as they came; under cosine they are normalised.
    ///
    /// - Throws: ``IndexError`` as ``RowVectors/forEach(_:_:)`` does where they are kept elsewhere.
    public func vectors(of rows: [UInt32]) throws(IndexError) -> FloatMatrix {
        guard !keepsVectors else { return ownVectors(rows.map { Int($0) }) }
        let columns = dimension
        let pages = try IndexPages(byteCount: rows.count * FloatMatrix.stride(columns: columns) * 4)
        let matrix = pages.matrix(rows: rows.count, columns: columns)
        unsafe try readOriginals(rows) { place, vector in
            unsafe (pages.base + place * matrix.stride * 4)
                .copyMemory(from: vector, byteCount: columns * 4)
        }
        return matrix
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
