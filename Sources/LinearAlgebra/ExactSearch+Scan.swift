import VectorCore
import VectorKernels

extension ExactSearch {
    /// Rows scored at once: as many as stay in the second-level cache for all queries of a piece.
    var blockRows: Int {
        min(2048, max(16, (256 << 10) / max(64, vectors.stride * 4)))
    }

    /// Queries that share a pass over the rows: as many as take about as much cache as a block.
    var scanPiece: Int {
        min(64, max(1, (256 << 10) / max(64, vectors.stride * 4)))
    }

    /// Answers some queries with the distance kernels, in one pass over the rows.
    func scan(
        _ queries: FloatMatrix, rows: Range<Int>, k: Int, _ hidden: RowSet
    ) -> [[Neighbor]] {
        let prepared = prepare(queries, rows: rows, forProducts: false)
        var lists = prepared.bounds.map {
            $0.map { CandidateList(k: k, bound: $0, hidden: hidden) }
        }
        let precise = PreciseRows(vectors, kernel: kernel)
        let scales =
            unsafe kernel.metric == .cosine && vectors.rows > 0 ? norms.factors.baseAddress : nil
        unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: blockRows) { values in
            guard let values = values.baseAddress else { return }
            for start in Swift.stride(from: 0, to: vectors.rows, by: blockRows) {
                let count = min(blockRows, vectors.rows - start)
                for query in lists.indices where lists[query] != nil {
                    let scorer = unsafe DistanceScorer(
                        kernel, query: prepared.matrix.pointer(row: query),
                        base: vectors.baseAddress, stride: vectors.stride,
                        dimension: vectors.columns)
                    unsafe scorer.score(consecutive: start, count: count, into: values)
                    let block = unsafe ScoreBlock(
                        values: values, scales: scales.map { unsafe $0 + start }, offsets: nil,
                        count: count, firstRow: start)
                    unsafe lists[query]?.take(block, kernel) { row in
                        unsafe precise.distance(prepared.matrix.pointer(row: query), row)
                    }
                }
            }
        }
        return finish(lists, prepared, precise, k: k, hidden)
    }

    /// Decides each query's candidates; a query without a list is answered in double precision.
    func finish(
        _ lists: [CandidateList?], _ prepared: PreparedQueries, _ precise: PreciseRows, k: Int,
        _ hidden: RowSet
    ) -> [[Neighbor]] {
        lists.enumerated().map { query, list in
            guard var list else {
                let shown = (0..<UInt32(vectors.rows)).lazy.filter { !hidden.contains($0) }
                return decide(shown, prepared, precise, query: query, k: k)
            }
            list.prune()
            return decide(list.rows, prepared, precise, query: query, k: k)
        }
    }
}
