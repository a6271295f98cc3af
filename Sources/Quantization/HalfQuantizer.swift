public import VectorCore
public import VectorKernels

/// Rounds the numbers of vectors to 16 bits, as IEEE 754 defines them.
///
/// Eleven binary digits stay of each number, and distances are those of the rounded vectors. Numbers
/// beyond 65,504 have no such code.
public struct HalfQuantizer: VectorQuantizer {
    /// How many numbers a vector has.
    public let dimension: Int
    /// How many codes a row has.
    public let width: Int
    private let kernel: HalfKernel

    /// Makes a quantiser for vectors that are compared under a metric; for cosine, normalised ones.
    public init(
        dimension: Int, metric: DistanceMetric, instructionSet: InstructionSet = .best
    ) {
        self.dimension = dimension
        width = HalfKernel.width(dimension: dimension)
        kernel = HalfKernel(metric, instructionSet: instructionSet)
    }

    /// `f16`.
    public var kind: VectorCodes { .f16 }
    /// None.
    public var parameters: [Float] { [] }
    /// Bytes between the starts of two rows.
    public var stride: Int { 2 * width }

    /// Writes a vector's row.
    @unsafe
    public func encode(
        _ vector: UnsafePointer<Float>, into row: UnsafeMutableRawPointer, _ scratch: CodeScratch
    ) {
        let halves = unsafe row.assumingMemoryBound(to: UInt16.self)
        unsafe kernel.encode(vector, count: dimension, into: halves)
        unsafe (halves + dimension).update(repeating: 0, count: width - dimension)
    }

    /// Whether a row's scores are numbers.
    @unsafe
    public func isFinite(_ row: UnsafeRawPointer) -> Bool {
        let halves = unsafe row.assumingMemoryBound(to: UInt16.self)
        return (0..<dimension).allSatisfy { unsafe halves[$0] & 0x7C00 != 0x7C00 }
    }

    /// The raw distances of two rows.
    public var pairs: PairKernel { kernel.pairs(width: width) }

    /// Prepares to score rows against a vector.
    @unsafe
    public func scorer(
        _ vector: UnsafePointer<Float>, base: UnsafeRawPointer, _ scratch: CodeScratch
    ) -> (scorer: DistanceScorer, rest: Float) {
        unsafe scratch.fill(vector, dimension: dimension, width: width)
        return unsafe (scorer(base, scratch), 0)
    }

    /// Prepares to score rows against one of them.
    @unsafe
    public func scorer(
        row: UInt32, base: UnsafeRawPointer, _ scratch: CodeScratch
    ) -> (scorer: DistanceScorer, rest: Float) {
        let start = unsafe (base + Int(row) * stride).assumingMemoryBound(to: UInt16.self)
        unsafe kernel.decode(start, count: width, into: scratch.numbers)
        return unsafe (scorer(base, scratch), 0)
    }

    @unsafe
    private func scorer(_ base: UnsafeRawPointer, _ scratch: CodeScratch) -> DistanceScorer {
        unsafe kernel.scorer(
            scratch.numbers, base: base.assumingMemoryBound(to: UInt16.self), stride: stride,
            width: width)
    }
}
