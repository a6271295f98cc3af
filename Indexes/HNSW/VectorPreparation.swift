import VectorCore
import VectorKernels

/// How vectors become what a graph compares: normalised for cosine, else multiplied by a power of two that
/// keeps squares within single precision.
///
/// Nearly always that is 1. Multiplying by a power of two changes no digit, so that distances stay the same to
/// the bit once they are multiplied back.
struct VectorPreparation: Hashable, Sendable {
    /// What a vector is to the graph.
    enum Fit {
        /// It can be a vertex.
        case vertex
        /// It has no direction, so it lies next to nothing.
        case zero
        /// It is longer than vertices may be.
        case long
        /// Its length differs so much from the others' that single precision cannot hold both.
        case unfit
    }

    let metric: DistanceMetric
    /// How many numbers a vector has.
    let dimension: Int
    /// Vectors are multiplied by two to this power.
    let exponent: Int

    /// What it can be, as lengths of vectors are from 2^-149, the smallest `Float`, to far below 2^149.
    static let exponents = -149...149
    /// The largest norm of a vertex, after that; infinite where any may be one.
    let longest: Double
    /// Whether products order rows otherwise than distances do, since lengths differ; only under the inner product.
    let lengthsDiffer: Bool
    private let kernel: DistanceKernel

    init(
        metric: DistanceMetric, dimension: Int, exponent: Int = 0, longest: Double = .infinity,
        lengthsDiffer: Bool = false
    ) {
        self.lengthsDiffer = lengthsDiffer
        self.metric = metric
        self.dimension = dimension
        self.exponent = exponent
        self.longest = longest
        kernel = DistanceKernel(metric)
    }

    static func == (left: VectorPreparation, right: VectorPreparation) -> Bool {
        (left.metric, left.dimension, left.exponent, left.longest, left.lengthsDiffer)
            == (right.metric, right.dimension, right.exponent, right.longest, right.lengthsDiffer)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(metric)
        hasher.combine(exponent)
        hasher.combine(longest)
    }

    /// Norms within these need no factor: their squares, and those of a million times smaller differences, are
    /// normal numbers.
    static let usualNorms = 0x1p-30...0x1p30
    /// Norms, after multiplication, within which numbers keep their digits and squares stay finite.
    static let possibleNorms = 0x1p-60...0x1p60

    /// Writes a vector as the graph compares it.
    ///
    /// - Parameters:
    ///   - source: `dimension` finite numbers.
    ///   - target: room for as many.
    @unsafe
    func write(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>) -> Fit {
        guard metric != .cosine else {
            let norm = unsafe normalize(source, into: target, dimension: dimension, kernel: kernel)
            return norm == 0 ? .zero : .vertex
        }
        unsafe scale(source, by: exponent, into: target)
        let norm = unsafe kernel.squaredNorm(target, dimension: dimension).squareRoot()
        if norm == 0 { unsafe makeZerosEqual(target) }
        if norm > Self.possibleNorms.upperBound { return .unfit }
        if exponent != 0, norm > 0, norm < Self.possibleNorms.lowerBound { return .unfit }
        return norm <= longest ? .vertex : .long
    }

    /// Vectors of zeros are equal, whatever the signs of the zeros.
    @unsafe
    private func makeZerosEqual(_ target: UnsafeMutablePointer<Float>) {
        for column in 0..<dimension { unsafe target[column] += 0 }
    }

    /// Writes `dimension` numbers multiplied by two to a power.
    @unsafe
    func scale(
        _ source: UnsafePointer<Float>, by exponent: Int, into target: UnsafeMutablePointer<Float>
    ) {
        guard exponent != 0 else {
            unsafe target.update(from: source, count: dimension)
            return
        }
        let factor = Double(sign: .plus, exponent: exponent, significand: 1)
        for column in 0..<dimension {
            unsafe target[column] = Float(Double(source[column]) * factor)
        }
    }

    /// What turns a distance of prepared vectors into one of the vectors as they came.
    ///
    /// - Parameter queryExponent: where the query alone was multiplied by two to another power.
    func unscaling(queryExponent: Int? = nil) -> Double {
        let other = queryExponent ?? exponent
        let power =
            switch metric {
            case .cosine: 0
            case .l2, .l1, .minkowski: -exponent
            case .l2Squared, .innerProduct: -exponent - other
            }
        return Double(sign: .plus, exponent: power, significand: 1)
    }
}
