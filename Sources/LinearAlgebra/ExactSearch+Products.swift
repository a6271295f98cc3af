import VectorCore
import VectorKernels

extension ExactSearch {
    /// Rows multiplied at once; with a piece of queries they fill OpenBLAS's own blocks.
    static let blockRowsOfProducts = 1024
    /// Queries that a thread multiplies at once at most.
    private static let mostQueries = 1280
    /// What a thread's copies of queries and their products may take.
    private static let mostBytes = 64 << 20

    /// Whether distances under the metric come from inner products.
    var productsApply: Bool {
        switch kernel.metric {
        case .l2, .l2Squared, .cosine, .innerProduct: true
        case .l1, .minkowski: false
        }
    }

    /// How many queries a piece has: about equally many for each thread, in 64 MiB a thread unless
    /// one query alone takes more.
    ///
    /// - Precondition: there are queries, and `threads` ≥ 1.
    package static func productPiece(queries: Int, stride: Int, threads: Int) -> Int {
        let most = max(1, min(mostQueries, mostBytes / (4 * (stride + blockRowsOfProducts))))
        let rounds = (queries + threads * most - 1) / (threads * most)
        return (queries + threads * rounds - 1) / (threads * rounds)
    }

    func productPiece(_ queries: FloatMatrix, _ threads: Int) -> Int {
        Self.productPiece(queries: queries.rows, stride: queries.stride, threads: threads)
    }

    /// Answers some queries from blocks of inner products, each searched while it is in the cache.
    func multiply(
        _ queries: FloatMatrix, rows: Range<Int>, k: Int, _ hidden: RowSet
    ) -> [[Neighbor]] {
        let prepared = prepare(queries, rows: rows, forProducts: true)
        var lists = prepared.bounds.map {
            $0.map { CandidateList(k: k, bound: $0, hidden: hidden) }
        }
        let precise = PreciseRows(vectors, kernel: kernel)
        let isL2 = kernel.metric == .l2 || kernel.metric == .l2Squared
        let offsets = unsafe isL2 ? norms.factors.baseAddress : nil
        let scales = unsafe kernel.metric == .cosine ? norms.factors.baseAddress : nil
        let products = UnsafeMutablePointer<Float>.allocate(
            capacity: rows.count * min(Self.blockRowsOfProducts, max(1, vectors.rows)))
        defer { unsafe products.deallocate() }
        for start in Swift.stride(from: 0, to: vectors.rows, by: Self.blockRowsOfProducts) {
            let count = min(Self.blockRowsOfProducts, vectors.rows - start)
            unsafe MatrixProduct.rows(
                of: prepared.matrix.baseAddress, strideOfA: prepared.matrix.stride,
                rowsOfA: rows.count, timesRowsOf: vectors.pointer(row: start),
                strideOfB: vectors.stride, rowsOfB: count, columns: vectors.columns,
                factor: isL2 ? -2 : -1, into: products)
            for query in lists.indices {
                let block = unsafe ScoreBlock(
                    values: products + query * count, scales: scales.map { unsafe $0 + start },
                    offsets: offsets.map { unsafe $0 + start }, count: count, firstRow: start)
                unsafe lists[query]?.take(block, kernel) { row in
                    unsafe precise.distance(prepared.matrix.pointer(row: query), row)
                }
            }
        }
        return finish(lists, prepared, precise, k: k, hidden)
    }
}
