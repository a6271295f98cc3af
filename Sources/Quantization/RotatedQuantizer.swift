public import VectorCore
public import VectorKernels
import WorkerThreads

/// How vectors become 8-bit codes: their mean is taken away, they are turned at random, and each
/// number is rounded to one of 255 levels of which the outermost is the vector's largest number.
///
/// After a random turn the numbers of a vector are much alike, whatever they were before, so that
/// one step fits all of them (Gao and Long, "RaBitQ", SIGMOD 2024). Distances are those of L2, which
/// normalised vectors bring cosine to, or negated inner products.
///
/// Scores are unbiased estimates of squared L2 distances, or of negated inner products with half the
/// deviation. With r and q the vectors less the center and
/// y the row's codes, that of one row has a standard deviation of about
/// 2·|r|·|q|·√((|r|²·|y|²/⟨r,y⟩² − 1)/(width − 1)), near 2·|r|·|q|·0.008/√width, from the row's
/// codes, and about as much again from the query's.
public struct RotatedQuantizer: VectorQuantizer {
    /// How many numbers a vector has.
    public let dimension: Int
    /// How many codes: the dimension, up to the next multiple of 32.
    public let width: Int
    /// What is taken away before the turn: `dimension` numbers.
    public let center: [Float]
    /// What the signs of the turn are drawn from.
    public let seed: UInt64
    /// Whether scores are negated inner products.
    public let isProduct: Bool
    private let kernel: CodeKernel
    private let products = DistanceKernel(.innerProduct)
    /// The center's squared length.
    private let centerSquare: Double
    private let signs: [UInt32]

    private static let sampleCount = 65_536

    /// Makes a quantiser of what describes it.
    ///
    /// - Precondition: `center` has from 1 to 65,536 numbers, and they are finite.
    public init(
        center: [Float], metric: DistanceMetric = .l2Squared, seed: UInt64,
        kernel: CodeKernel = CodeKernel()
    ) {
        precondition((1...VectorCodes.rq8.largestDimension).contains(center.count))
        dimension = center.count
        width = CodeKernel.width(dimension: dimension)
        self.center = center
        self.seed = seed
        isProduct = metric == .innerProduct
        centerSquare = center.reduce(0) { $0 + Double($1) * Double($1) }
        self.kernel = kernel
        var generator = SplitMix64(seed: seed)
        signs = (0..<width / 8).map { _ in UInt32.random(in: .min ... .max, using: &generator) }
    }

    /// Makes a quantiser for vectors like the given ones.
    ///
    /// - Parameter left: rows that have no codes, and are not looked at.
    /// - Complexity: O(min(rows, 65,536) · columns)
    public init(
        fitting vectors: FloatMatrix, metric: DistanceMetric = .l2Squared,
        leavingOut left: RowSet = RowSet(), seed: UInt64, kernel: CodeKernel = CodeKernel()
    ) {
        var sums = [Double](repeating: 0, count: vectors.columns)
        var count = 0.0
        // Evenly spaced rows might be of some groups only.
        var generator = SplitMix64(seed: seed)
        let sample = min(vectors.rows, Self.sampleCount)
        for part in 0..<sample {
            let places = part * vectors.rows / sample..<(part + 1) * vectors.rows / sample
            let row = Int.random(in: places, using: &generator)
            guard !left.contains(UInt32(row)) else { continue }
            let vector = vectors[row]
            for column in vector.indices { sums[column] += Double(vector[column]) }
            count += 1
        }
        self.init(
            center: sums.map { Float($0 / max(1, count)) }, metric: metric, seed: seed,
            kernel: kernel)
    }

    /// Writes a vector as the codes see it.
    ///
    /// - Parameters:
    ///   - vector: `dimension` numbers.
    ///   - turned: gets `width` numbers.
    /// - Complexity: O(width · log width)
    @unsafe
    public func turn(_ vector: UnsafePointer<Float>, into turned: UnsafeMutablePointer<Float>) {
        unsafe turn(vector, times: 1, into: turned)
    }

    @unsafe
    private func turn(
        _ vector: UnsafePointer<Float>, times factor: Float,
        into turned: UnsafeMutablePointer<Float>
    ) {
        for column in 0..<dimension {
            unsafe turned[column] = vector[column] * factor - center[column]
        }
        for column in dimension..<width { unsafe turned[column] = 0 }
        unsafe signs.withUnsafeBufferPointer { signs in
            guard let start = signs.baseAddress else { return }
            unsafe kernel.rotate(turned, width: width, signs: start)
        }
    }

    /// `rq8`.
    public var kind: VectorCodes { .rq8 }
    /// The center.
    public var parameters: [Float] { center }

    /// Rows begin at multiples of 16 bytes, so that most touch no more cache lines than they need,
    /// and at multiples of 64 where that costs little.
    public var stride: Int { Self.stride(width: width) }

    static func stride(width: Int) -> Int {
        let bytes = width + CodeKernel.factorBytes
        let lines = (bytes + 63) & ~63
        return lines - bytes <= bytes / 16 ? lines : bytes
    }

    /// Writes a vector's row.
    @unsafe
    public func encode(
        _ vector: UnsafePointer<Float>, into row: UnsafeMutableRawPointer, _ scratch: CodeScratch
    ) {
        unsafe turn(vector, into: scratch.numbers)
        unsafe kernel.encode(
            scratch.numbers, width: width, into: row.assumingMemoryBound(to: UInt8.self))
        guard isProduct else { return }
        // With r and c the vector less the center and the center: ⟨x, z⟩ = ⟨r, s⟩ + ⟨c, r⟩ + ⟨c, z⟩. What a row adds
        // is ⟨c, r⟩, as large squares would cost it its digits.
        let factors = unsafe (row + width).assumingMemoryBound(to: Float.self)
        unsafe factors[0] = Float(negatedProduct(with: vector) + centerSquare)
        unsafe factors[1] *= 0.5
    }

    /// The negated inner product of the center with a vector.
    @unsafe
    private func negatedProduct(with vector: UnsafePointer<Float>) -> Double {
        unsafe center.withUnsafeBufferPointer { center in
            guard let start = center.baseAddress else { return 0 }
            return unsafe products.precise(start, vector, dimension: dimension)
        }
    }

    /// Whether a row's scores are numbers.
    @unsafe
    public func isFinite(_ row: UnsafeRawPointer) -> Bool {
        (0..<4).allSatisfy {
            unsafe row.loadUnaligned(fromByteOffset: width + $0 * 4, as: Float.self).isFinite
        }
    }

    /// The squared distance from the center; 0 for inner products.
    @unsafe
    public func squaredReach(_ row: UnsafeRawPointer) -> Float {
        isProduct ? 0 : unsafe row.loadUnaligned(fromByteOffset: width, as: Float.self)
    }

    /// The estimated raw distances of two rows; negated inner products are all larger by the center's squared
    /// length.
    public var pairs: PairKernel { kernel.pairs(width: width) }

    /// Prepares to score rows against a vector.
    ///
    /// For inner products one that is short beside the center is multiplied by a power of two, and so are the
    /// distances: its codes are those of the vector less the center, and would be of the center alone.
    @unsafe
    public func scorer(
        _ vector: UnsafePointer<Float>, base: UnsafeRawPointer, _ scratch: CodeScratch
    ) -> (scorer: DistanceScorer, rest: Float) {
        let factor = unsafe isProduct ? lengthening(vector) : 1
        unsafe turn(vector, times: factor, into: scratch.numbers)
        let (scorer, squaredNorm) = unsafe kernel.scorer(
            scratch.numbers, width: width,
            codes: scratch.codes.assumingMemoryBound(to: Int8.self),
            base: base.assumingMemoryBound(to: UInt8.self), stride: stride)
        guard isProduct else { return (scorer, squaredNorm) }
        return (scorer, unsafe Float(Double(factor) * negatedProduct(with: vector)))
    }

    /// The power of two, at least 1, that makes a vector a few times as long as the center.
    @unsafe
    private func lengthening(_ vector: UnsafePointer<Float>) -> Float {
        let square = unsafe products.squaredNorm(vector, dimension: dimension)
        let wanted = Self.queryShare * Self.queryShare * centerSquare
        guard square > 0, square < wanted else { return 1 }
        let exponent = Int((wanted / square).squareRoot().exponent) + 1
        return Float(sign: .plus, exponent: min(exponent, 126), significand: 1)
    }

    /// So many times the center's length makes the error of a query's codes at most a quarter larger.
    private static let queryShare = 4.0

    /// Prepares to score rows against one of them; with the rest it is as ``pairs`` have it.
    @unsafe
    public func scorer(
        row: UInt32, base: UnsafeRawPointer, _ scratch: CodeScratch
    ) -> (scorer: DistanceScorer, rest: Float) {
        let (scorer, squaredNorm) = unsafe kernel.scorer(
            row: row, width: width, codes: scratch.codes.assumingMemoryBound(to: Int8.self),
            base: base.assumingMemoryBound(to: UInt8.self), stride: stride)
        return (scorer, squaredNorm)
    }
}
