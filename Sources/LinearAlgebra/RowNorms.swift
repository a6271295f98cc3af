public import VectorCore
import VectorKernels

/// What exact search needs of the norms of all rows, computed once.
public struct RowNorms: Sendable {
    /// A number a row: |x|² for L2, 1 / |x| (0 for zero vectors) for cosine; else none.
    ///
    /// Shape (1, rows) or (1, 0).
    public let factors: FloatMatrix
    /// The largest norm; 0 where there are no rows or the metric needs no norms.
    public let largest: Double
    /// The smallest norm above 0; 0 where there is none or the metric needs no norms.
    public let smallest: Double

    /// Puts together what was computed earlier, such as in an index file.
    public init(factors: FloatMatrix, largest: Double, smallest: Double) {
        self.factors = factors
        self.largest = largest
        self.smallest = smallest
    }

    /// How many factors a metric needs for `rows` rows.
    public static func factorCount(_ metric: DistanceMetric, rows: Int) -> Int {
        switch metric {
        case .l2, .l2Squared, .cosine: rows
        case .innerProduct, .l1, .minkowski: 0
        }
    }

    /// Computes the norms that a metric needs.
    ///
    /// - Complexity: O(rows · columns)
    public init(of vectors: FloatMatrix, metric: DistanceMetric) {
        var largest = 0.0
        var smallest = Double.infinity
        let kernel = DistanceKernel(metric)
        let needsFactors = Self.factorCount(metric, rows: 1) == 1
        let needsNorms = needsFactors || metric == .innerProduct
        factors = unsafe FloatMatrix(
            rows: 1, columns: needsFactors ? vectors.rows : 0
        ) { _, factors in
            guard needsNorms else { return }
            for row in 0..<vectors.rows {
                let squared = unsafe kernel.squaredNorm(
                    vectors.pointer(row: row), dimension: vectors.columns)
                let norm = squared.squareRoot()
                largest = max(largest, norm)
                if norm > 0 { smallest = min(smallest, norm) }
                guard needsFactors else { continue }
                let cosine = norm == 0 ? 0 : 1 / norm
                unsafe factors[row] = Float(metric == .cosine ? cosine : squared)
            }
        }
        self.largest = largest
        self.smallest = smallest.isFinite ? smallest : 0
    }
}
