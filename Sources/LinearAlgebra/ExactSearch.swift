import Locks
public import VectorCore
public import VectorKernels
import WorkerThreads

/// Finds the exact nearest neighbours: the order of the distances in double precision, ties by row.
///
/// A fast pass in single precision finds candidates: matrix products for many queries under L2,
/// cosine and inner product, a scan by the distance kernels otherwise. The cut among them is
/// widened by a proven bound on rounding (``RoundingBound``), and what is left is decided in double
/// precision. So the answer is the one that a plain scan in double precision gives.
public final class ExactSearch: Sendable {
    /// The vectors that are searched, as they came; for cosine they may be normalised, which changes no
    /// answer.
    public let vectors: FloatMatrix
    /// What was computed of their norms.
    public let norms: RowNorms
    /// The metric and its kernels.
    public let kernel: DistanceKernel

    /// The metric that distances are in.
    public var metric: DistanceMetric { kernel.metric }

    /// Prepares to search vectors whose norms are known.
    ///
    /// - Parameters:
    ///   - vectors: finite numbers.
    ///   - kernel: the metric that distances are in.
    ///   - norms: of these vectors, computed for this metric.
    public init(_ vectors: FloatMatrix, kernel: DistanceKernel, norms: RowNorms) {
        precondition(
            norms.factors.columns == RowNorms.factorCount(kernel.metric, rows: vectors.rows))
        self.vectors = vectors
        self.kernel = kernel
        self.norms = norms
    }

    /// Prepares to search vectors.
    ///
    /// - Complexity: O(rows · columns) where the metric needs norms, else O(1)
    public convenience init(_ vectors: FloatMatrix, metric: DistanceMetric) {
        self.init(
            vectors, kernel: DistanceKernel(metric), norms: RowNorms(of: vectors, metric: metric))
    }

    /// Fewer queries than these are faster scanned than multiplied.
    static let fewestForProducts = 12

    /// Returns the `min(k, rows)` nearest rows, in the order of distances in double precision.
    ///
    /// - Parameters:
    ///   - query: `columns` finite numbers.
    ///   - k: how many neighbours, at least 1.
    ///   - hidden: rows that no answer has.
    /// - Complexity: O(rows · columns)
    public func search(
        _ query: Span<Float>, k: Int, hiding hidden: RowSet = RowSet()
    ) -> [Neighbor] {
        precondition(query.count == vectors.columns && k >= 1)
        guard vectors.rows > hidden.count else { return [] }
        let queries = unsafe FloatMatrix(rows: 1, columns: query.count) { _, target in
            for i in query.indices { unsafe target[i] = query[i] }
        }
        let k = min(k, vectors.rows - hidden.count)
        return scan(queries, rows: 0..<1, k: k, hidden).first ?? []
    }

    /// Answers many queries on `threads` threads; one list a query, in their order.
    ///
    /// At most 1,024 threads are started, and no more than there is work for.
    ///
    /// - Parameters:
    ///   - queries: shape (queries, columns), finite.
    ///   - k: how many neighbours a query, at least 1.
    ///   - threads: how many threads work.
    ///   - hidden: rows that no answer has.
    /// - Complexity: O(queries · rows · columns)
    public func searchBatch(
        _ queries: FloatMatrix, k: Int, threads: Int, hiding hidden: RowSet = RowSet()
    ) -> [[Neighbor]] {
        precondition(queries.columns == vectors.columns && k >= 1)
        guard vectors.rows > hidden.count else {
            return .init(repeating: [], count: queries.rows)
        }
        // No answer is longer, and sums with k must not overflow.
        let k = min(k, vectors.rows - hidden.count)
        let threads = ThreadCount.clamped(threads)
        let usesProducts = productsApply && queries.rows >= threads * Self.fewestForProducts
        let piece = usesProducts ? productPiece(queries, threads) : scanPiece
        let answers = Lock([[Neighbor]](repeating: [], count: queries.rows))
        WorkerThreads.forEachPiece(of: queries.rows, piece: piece, threads: threads) { _, rows in
            let found =
                usesProducts
                ? multiply(queries, rows: rows, k: k, hidden)
                : scan(queries, rows: rows, k: k, hidden)
            answers.withLock { $0.replaceSubrange(rows, with: found) }
        }
        return answers.withLock { $0 }
    }

    /// The distance that decides between a query and a row, both as they came.
    package func distance(_ queries: FloatMatrix, _ query: Int, _ row: UInt32) -> Double {
        unsafe kernel.precise(
            queries.pointer(row: query), vectors.pointer(row: Int(row)),
            dimension: vectors.columns)
    }

    /// The k nearest of some candidates for a query.
    func decide(
        _ candidates: some Sequence<UInt32>, _ prepared: PreparedQueries, _ precise: PreciseRows,
        query: Int, k: Int
    ) -> [Neighbor] {
        let numbers = unsafe prepared.matrix.pointer(row: query)
        return
            candidates
            .map { (row: $0, distance: unsafe precise.distance(numbers, $0)) }
            .sorted { ($0.distance, $0.row) < ($1.distance, $1.row) }
            .prefix(k)
            .map { Neighbor(row: RowID(rawValue: $0.row), distance: Float($0.distance)) }
    }
}
