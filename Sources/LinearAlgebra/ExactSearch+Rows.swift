import Locks
public import VectorCore
import VectorKernels
import WorkerThreads

extension ExactSearch {
    /// Answers many queries from some of the rows, on `threads` threads: for each the `min(k, rows.count)`
    /// nearest of them.
    ///
    /// No other row is looked at: where the rows are few, so is the work.
    ///
    /// - Parameters:
    ///   - queries: shape (queries, columns), finite.
    ///   - k: how many neighbours a query, at least 1.
    ///   - rows: the rows that an answer may have; all are rows of the vectors.
    ///   - threads: how many threads work.
    /// - Complexity: O(queries · rows.count · columns / threads)
    public func searchBatch(
        _ queries: FloatMatrix, k: Int, among rows: RowSet, threads: Int
    ) -> [[Neighbor]] {
        precondition(queries.columns == vectors.columns && k >= 1)
        let chosen = rows.rows
        guard let last = chosen.last else { return .init(repeating: [], count: queries.rows) }
        precondition(Int(last) < vectors.rows)
        let k = min(k, chosen.count)
        let threads = ThreadCount.clamped(threads)
        let usesProducts = productsApply && queries.rows >= threads * Self.fewestForProducts
        return answers(
            queries, piece: usesProducts ? productPiece(queries, threads) : scanPiece,
            threads: threads
        ) { rows in
            usesProducts
                ? multiply(queries, rows: rows, k: k, among: chosen)
                : scan(queries, rows: rows, k: k, among: chosen)
        }
    }

    /// Measures what a faster and coarser search has found: each query gets the `k` nearest of its own candidates.
    ///
    /// - Parameters:
    ///   - queries: checked already.
    ///   - candidates: rows for every query, each once, in any order; the distances are not looked at.
    ///   - k: how many neighbours a query, at least 1.
    ///   - threads: how many threads work.
    ///   - answers: gets them; as it was where this throws.
    /// - Throws: ``IndexError`` with `invalidParameter` where `Float` does not hold a distance.
    /// - Complexity: O(candidates · columns / threads)
    public func rerank(
        _ queries: borrowing Queries, _ candidates: [[Neighbor]], k: Int, threads: Int,
        into answers: inout Answers
    ) throws(IndexError) {
        precondition(queries.count == candidates.count && k >= 1)
        let matrix = queries.matrix
        let found = self.answers(matrix, piece: 1, threads: ThreadCount.clamped(threads)) { rows in
            rows.map { query in
                let chosen = candidates[query].map(\.row.rawValue).sorted()
                guard !chosen.isEmpty else { return [] }
                let k = min(k, chosen.count)
                return scan(matrix, rows: query..<query + 1, k: k, among: chosen)[0]
            }
        }
        answers.append(Answers(try QueryCheck.checked(found)))
    }

    /// Answers pieces of the queries on several threads, and puts the answers together.
    func answers(
        _ queries: FloatMatrix, piece: Int, threads: Int,
        _ find: @Sendable (Range<Int>) -> [[Neighbor]]
    ) -> [[Neighbor]] {
        let answers = Lock([[Neighbor]](repeating: [], count: queries.rows))
        WorkerThreads.forEachPiece(of: queries.rows, piece: piece, threads: threads) { _, rows in
            let found = find(rows)
            answers.withLock { $0.replaceSubrange(rows, with: found) }
        }
        return answers.withLock { $0 }
    }

    /// Answers some queries with the distance kernels, in one pass over the chosen rows.
    private func scan(
        _ queries: FloatMatrix, rows: Range<Int>, k: Int, among chosen: [UInt32]
    ) -> [[Neighbor]] {
        let prepared = prepare(queries, rows: rows, forProducts: false)
        var lists = prepared.bounds.map {
            $0.map { CandidateList(k: k, bound: $0, hidden: RowSet()) }
        }
        let precise = PreciseRows(vectors, kernel: kernel)
        let blockRows = blockRows
        let factors = unsafe kernel.metric == .cosine ? norms.factors.baseAddress : nil
        unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * blockRows) { memory in
            guard let values = memory.baseAddress else { return }
            let scales = unsafe values + blockRows
            for start in Swift.stride(from: 0, to: chosen.count, by: blockRows) {
                let count = min(blockRows, chosen.count - start)
                if let factors = unsafe factors {
                    for i in 0..<count { unsafe scales[i] = factors[Int(chosen[start + i])] }
                }
                for query in lists.indices where lists[query] != nil {
                    let scorer = unsafe DistanceScorer(
                        kernel, query: prepared.matrix.pointer(row: query),
                        base: vectors.baseAddress, stride: vectors.stride,
                        dimension: vectors.columns)
                    unsafe chosen.withUnsafeBufferPointer { chosen in
                        guard let rows = chosen.baseAddress else { return }
                        unsafe scorer.score(rows: rows + start, count: count, into: values)
                    }
                    let block = unsafe ScoreBlock(
                        values: values, scales: factors == nil ? nil : UnsafePointer(scales),
                        offsets: nil, count: count, firstRow: start)
                    unsafe lists[query]?.take(block, kernel) { place in
                        unsafe precise.distance(
                            prepared.matrix.pointer(row: query), chosen[Int(place)])
                    }
                }
            }
        }
        return finish(lists, prepared, precise, k: k, among: chosen)
    }

    /// Answers some queries from blocks of inner products with copies of the chosen rows.
    private func multiply(
        _ queries: FloatMatrix, rows: Range<Int>, k: Int, among chosen: [UInt32]
    ) -> [[Neighbor]] {
        let prepared = prepare(queries, rows: rows, forProducts: true)
        var lists = prepared.bounds.map {
            $0.map { CandidateList(k: k, bound: $0, hidden: RowSet()) }
        }
        let precise = PreciseRows(vectors, kernel: kernel)
        let isL2 = kernel.metric == .l2 || kernel.metric == .l2Squared
        let factors = unsafe kernel.metric == .innerProduct ? nil : norms.factors.baseAddress
        let blockRows = min(Self.blockRowsOfProducts, chosen.count)
        let stride = vectors.stride
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: 4 * blockRows * stride, alignment: 64)
        let copies = unsafe memory.bindMemory(to: Float.self, capacity: blockRows * stride)
        defer { unsafe copies.deallocate() }
        let values = UnsafeMutablePointer<Float>.allocate(capacity: (rows.count + 1) * blockRows)
        defer { unsafe values.deallocate() }
        let gathered = unsafe values + rows.count * blockRows
        for start in Swift.stride(from: 0, to: chosen.count, by: blockRows) {
            let count = min(blockRows, chosen.count - start)
            for i in 0..<count {
                let row = Int(chosen[start + i])
                unsafe (copies + i * stride).update(from: vectors.pointer(row: row), count: stride)
                if let factors = unsafe factors { unsafe gathered[i] = factors[row] }
            }
            unsafe MatrixProduct.rows(
                of: prepared.matrix.baseAddress, strideOfA: prepared.matrix.stride,
                rowsOfA: rows.count, timesRowsOf: copies, strideOfB: stride, rowsOfB: count,
                columns: vectors.columns, factor: isL2 ? -2 : -1, into: values)
            let given = unsafe factors == nil ? nil : UnsafePointer(gathered)
            for query in lists.indices {
                let block = unsafe ScoreBlock(
                    values: values + query * count, scales: isL2 ? nil : given,
                    offsets: isL2 ? given : nil, count: count, firstRow: start)
                unsafe lists[query]?.take(block, kernel) { place in
                    unsafe precise.distance(
                        prepared.matrix.pointer(row: query), chosen[Int(place)])
                }
            }
        }
        return finish(lists, prepared, precise, k: k, among: chosen)
    }

    /// Decides each query's candidates, which are places among the chosen rows.
    private func finish(
        _ lists: [CandidateList?], _ prepared: PreparedQueries, _ precise: PreciseRows, k: Int,
        among chosen: [UInt32]
    ) -> [[Neighbor]] {
        lists.enumerated().map { query, list in
            guard var list else { return decide(chosen, prepared, precise, query: query, k: k) }
            list.prune()
            return decide(
                list.rows.lazy.map { chosen[Int($0)] }, prepared, precise, query: query, k: k)
        }
    }
}
