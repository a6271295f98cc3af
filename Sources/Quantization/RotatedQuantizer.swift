public import VectorCore
public import VectorKernels
import WorkerThreads

/// How vectors become 8-bit codes: their mean is taken away, they are turned at random, and each
/// number is rounded to one of 255 levels of which the outermost is the vector's largest number.
///
/// After a random turn the numbers of a vector are much alike, whatever they were before, so that
/// one step fits all of them (Gao and Long, "RaBitQ", SIGMOD 2024). Distances are those of L2; cosine
/// and the inner product are brought to it before.
///
/// Scores are unbiased estimates of squared L2 distances. With r and q the vectors less the center and
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
    private let kernel: CodeKernel
    private let signs: [UInt32]

    private static let sampleCount = 65_536

    /// Makes a quantiser of what describes it.
    ///
    /// - Precondition: `center` has from 1 to 65,536 numbers, and they are finite.
    public init(center: [Float], seed: UInt64, kernel: CodeKernel = CodeKernel()) {
        precondition((1...VectorCodes.rq8.largestDimension).contains(center.count))
        dimension = center.count
        width = CodeKernel.width(dimension: dimension)
        self.center = center
        self.seed = seed
        self.kernel = kernel
        var generator = SplitMix64(seed: seed)
        signs = (0..<width / 8).map { _ in UInt32.random(in: .min ... .max, using: &generator) }
    }

    /// Makes a quantiser for vectors like the given ones.
    ///
    /// - Complexity: O(min(rows, 65,536) · columns)
    public init(fitting vectors: FloatMatrix, seed: UInt64, kernel: CodeKernel = CodeKernel()) {
        let step = max(1, (vectors.rows + Self.sampleCount - 1) / Self.sampleCount)
        var sums = [Double](repeating: 0, count: vectors.columns)
        var count = 0.0
        for row in Swift.stride(from: 0, to: vectors.rows, by: step) {
            let vector = vectors[row]
            for column in vector.indices { sums[column] += Double(vector[column]) }
            count += 1
        }
        self.init(center: sums.map { Float($0 / max(1, count)) }, seed: seed, kernel: kernel)
    }

    /// Writes a vector as the codes see it.
    ///
    /// - Parameters:
    ///   - vector: `dimension` numbers.
    ///   - turned: gets `width` numbers.
    /// - Complexity: O(width · log width)
    @unsafe
    public func turn(_ vector: UnsafePointer<Float>, into turned: UnsafeMutablePointer<Float>) {
        for column in 0..<dimension { unsafe turned[column] = vector[column] - center[column] }
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
    }

    /// Whether a row's scores are numbers.
    @unsafe
    public func isFinite(_ row: UnsafeRawPointer) -> Bool {
        (0..<4).allSatisfy {
            unsafe row.loadUnaligned(fromByteOffset: width + $0 * 4, as: Float.self).isFinite
        }
    }

    /// The estimated squared L2 distance of two rows.
    @unsafe
    public func distance(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer) -> Float {
        unsafe kernel.distance(
            left.assumingMemoryBound(to: UInt8.self), right.assumingMemoryBound(to: UInt8.self),
            width: width)
    }

    /// Prepares to score rows against a vector.
    @unsafe
    public func scorer(
        _ vector: UnsafePointer<Float>, base: UnsafeRawPointer, _ scratch: CodeScratch
    ) -> (scorer: DistanceScorer, rest: Float) {
        unsafe turn(vector, into: scratch.numbers)
        let (scorer, squaredNorm) = unsafe kernel.scorer(
            scratch.numbers, width: width,
            codes: scratch.codes.assumingMemoryBound(to: Int8.self),
            base: base.assumingMemoryBound(to: UInt8.self), stride: stride)
        return (scorer, squaredNorm)
    }

    /// Prepares to score rows against one of them.
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
