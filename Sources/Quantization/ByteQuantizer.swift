public import VectorCore
public import VectorKernels

/// Rounds the numbers of vectors to one of 256 levels, for L1 and Minkowski distances.
///
/// Levels are one step apart in all dimensions, since only then is a distance of codes one of
/// vectors; in each dimension they begin at its least number. A difference of numbers of two rows is
/// off by at most a step, one of a row's and a query's under Minkowski distances by half a step.
public struct ByteQuantizer: VectorQuantizer {
    /// How many numbers a vector has.
    public let dimension: Int
    /// How many codes a row has.
    public let width: Int
    /// What level 0 stands for: `dimension` numbers.
    public var least: [Float] { Array(paddedLeast.prefix(dimension)) }
    /// How far levels are apart.
    public let step: Float
    private let paddedLeast: [Float]
    private let kernel: ByteKernel

    /// Makes a quantiser of what describes it, or nil where the metric is another one, or the numbers
    /// cannot be such a description.
    public init?(
        least: [Float], step: Float, metric: DistanceMetric, instructionSet: InstructionSet = .best
    ) {
        guard let kernel = ByteKernel(metric, step: step, instructionSet: instructionSet),
            least.allSatisfy({ ($0 + 255 * step).isFinite })
        else { return nil }
        dimension = least.count
        width = ByteKernel.width(dimension: dimension)
        self.step = step
        paddedLeast = least + [Float](repeating: 0, count: width - least.count)
        self.kernel = kernel
    }

    /// Makes a quantiser whose levels reach over all numbers of vectors, or nil where the metric is
    /// another one, or the numbers are too large or small for it.
    ///
    /// - Complexity: O(rows · columns)
    public init?(
        fitting vectors: FloatMatrix, metric: DistanceMetric,
        leavingOut left: RowSet = RowSet(), instructionSet: InstructionSet = .best
    ) {
        var least = [Float](repeating: 0, count: vectors.columns)
        var most = least
        var isFirst = true
        for row in 0..<vectors.rows where !left.contains(UInt32(row)) {
            let vector = vectors[row]
            for column in vector.indices {
                least[column] = isFirst ? vector[column] : min(least[column], vector[column])
                most[column] = isFirst ? vector[column] : max(most[column], vector[column])
            }
            isFirst = false
        }
        let range = zip(least, most).map { $1 - $0 }.max() ?? 0
        // Where all vectors are equal, any step will do.
        self.init(
            least: least, step: range == 0 ? 1 : range / 255, metric: metric,
            instructionSet: instructionSet)
    }

    /// `sq8`.
    public var kind: VectorCodes { .sq8 }
    /// What level 0 stands for in each dimension, and the step.
    public var parameters: [Float] { least + [step] }
    /// Bytes between the starts of two rows.
    public var stride: Int { width }

    /// Writes a vector's row.
    @unsafe
    public func encode(
        _ vector: UnsafePointer<Float>, into row: UnsafeMutableRawPointer, _ scratch: CodeScratch
    ) {
        let codes = unsafe row.assumingMemoryBound(to: UInt8.self)
        unsafe withLeast { unsafe kernel.encode(vector, least: $0, count: dimension, into: codes) }
        unsafe (codes + dimension).update(repeating: 0, count: width - dimension)
    }

    /// Yes, whatever the vector was.
    @unsafe
    public func isFinite(_ row: UnsafeRawPointer) -> Bool { true }

    /// The raw distances of two rows.
    public var pairs: PairKernel { kernel.pairs(width: width) }

    /// Prepares to score rows against a vector.
    @unsafe
    public func scorer(
        _ vector: UnsafePointer<Float>, base: UnsafeRawPointer, _ scratch: CodeScratch
    ) -> (scorer: DistanceScorer, rest: Float) {
        unsafe scratch.fill(vector, dimension: dimension, width: width)
        return unsafe (
            withLeast { least in
                unsafe kernel.scorer(
                    scratch.numbers, least: least, places: scratch.numbers,
                    codes: scratch.codes.assumingMemoryBound(to: UInt8.self),
                    base: base.assumingMemoryBound(to: UInt8.self), stride: stride, width: width)
            }, 0
        )
    }

    /// Prepares to score rows against one of them.
    @unsafe
    public func scorer(
        row: UInt32, base: UnsafeRawPointer, _ scratch: CodeScratch
    ) -> (scorer: DistanceScorer, rest: Float) {
        unsafe (
            kernel.scorer(
                row: row, places: scratch.numbers, base: base.assumingMemoryBound(to: UInt8.self),
                stride: stride, width: width),
            0
        )
    }

    private func withLeast<Result>(_ body: (UnsafePointer<Float>) -> Result) -> Result {
        unsafe paddedLeast.withUnsafeBufferPointer { least in
            guard let start = least.baseAddress else {
                preconditionFailure("A vector has no number.")
            }
            return unsafe body(start)
        }
    }
}
