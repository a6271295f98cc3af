public import VectorCore
public import VectorKernels
import WorkerThreads

/// How vectors become 8-bit codes: their mean is taken away, they are turned at random, and each
/// number is rounded to one of 255 levels, of which the vector's own largest number takes the last.
///
/// After a random turn the numbers of a vector are much alike, whatever they were before, so that
/// one step fits all of them (Gao and Long, "RaBitQ", SIGMOD 2024). Distances are those of L2; cosine
/// and the inner product are brought to it before.
public struct RotatedQuantizer: Sendable {
    /// How many numbers a vector has.
    public let dimension: Int
    /// How many codes: the dimension, up to the next multiple of 32.
    public let width: Int
    /// What is taken away before the turn: `dimension` numbers.
    public let center: [Float]
    /// What the signs of the turn are drawn from.
    public let seed: UInt64
    let kernel: CodeKernel
    private let signs: [UInt32]

    /// The most numbers that a vector may have, so that sums of products fit 32 bits.
    public static let largestDimension = 65_536

    private static let sampleCount = 65_536

    /// Makes a quantiser of what describes it.
    ///
    /// - Precondition: `center` has from 1 to ``largestDimension`` finite numbers.
    public init(center: [Float], seed: UInt64, kernel: CodeKernel = CodeKernel()) {
        precondition((1...Self.largestDimension).contains(center.count))
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
        for row in stride(from: 0, to: vectors.rows, by: step) {
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
}
