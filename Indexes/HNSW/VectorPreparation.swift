import VectorCore
import VectorKernels

/// How vectors become what a graph compares: normalised for cosine, folded into L2 for the inner
/// product, else as they are.
struct VectorPreparation: Sendable {
    /// What a vector is to the graph.
    enum Fit {
        /// It can be a vertex.
        case vertex
        /// It has no direction, so it lies next to nothing.
        case zero
        /// It is longer than the number that was added to all others allows.
        case tooLong
    }

    let metric: DistanceMetric
    /// How many numbers a vector has outside.
    let dimension: Int
    /// For the inner product, the square of the length that every folded vector has.
    let squaredLength: Double
    private let kernel: DistanceKernel

    /// Vectors that come later may be this much longer than the longest known.
    private static let spareLength = 1.05

    /// Prepares vectors like the given ones.
    init(fitting vectors: FloatMatrix, metric: DistanceMetric) {
        var largest = 0.0
        if metric == .innerProduct {
            for row in 0..<vectors.rows { largest = max(largest, Self.squaredNorm(vectors[row])) }
        }
        self.init(
            metric: metric, dimension: vectors.columns,
            squaredLength: largest * Self.spareLength * Self.spareLength)
    }

    init(metric: DistanceMetric, dimension: Int, squaredLength: Double) {
        self.metric = metric
        self.dimension = dimension
        self.squaredLength = squaredLength
        kernel = DistanceKernel(metric)
    }

    /// How many numbers a vector has inside.
    var columns: Int { HNSWIndex.storedDimension(dimension, metric: metric) }

    /// Writes a vector as the graph compares it.
    ///
    /// - Parameters:
    ///   - source: `dimension` finite numbers.
    ///   - target: room for `columns` numbers.
    @unsafe
    func write(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>) -> Fit {
        switch metric {
        case .cosine:
            let norm = unsafe normalize(source, into: target, dimension: dimension, kernel: kernel)
            return norm == 0 ? .zero : .vertex
        case .innerProduct:
            unsafe target.update(from: source, count: dimension)
            let span = unsafe Span(_unsafeStart: source, count: dimension)
            let rest = squaredLength - Self.squaredNorm(span)
            unsafe target[dimension] = Float(max(0, rest).squareRoot())
            return rest < 0 ? .tooLong : .vertex
        case .l2, .l2Squared, .l1, .minkowski:
            unsafe target.update(from: source, count: dimension)
            return .vertex
        }
    }

    static func squaredNorm(_ vector: Span<Float>) -> Double {
        var sum = 0.0
        for i in vector.indices { sum += Double(vector[i]) * Double(vector[i]) }
        return sum
    }
}
