public import VectorCore
public import VectorKernels

/// How vectors become rows of bytes that are compared without being decoded.
///
/// Rows and what a scorer borrows are memory of the caller's.
public protocol VectorQuantizer: Sendable {
    /// What the rows are called.
    var kind: VectorCodes { get }
    /// What describes the quantiser besides its dimension, metric and seed.
    var parameters: [Float] { get }
    /// How many numbers a vector has.
    var dimension: Int { get }
    /// How many codes a row has, and numbers and bytes a query's scratch.
    var width: Int { get }
    /// Bytes between the starts of two rows, a multiple of 16.
    var stride: Int { get }

    /// Writes a vector's row of ``stride`` bytes.
    ///
    /// - Parameters:
    ///   - vector: `dimension` numbers.
    ///   - row: where to.
    ///   - scratch: memory for the steps between.
    @unsafe
    func encode(
        _ vector: UnsafePointer<Float>, into row: UnsafeMutableRawPointer, _ scratch: CodeScratch)

    /// Whether a row's scores are numbers; of vectors too long for the codes they may not be.
    @unsafe
    func isFinite(_ row: UnsafeRawPointer) -> Bool

    /// A measure of how coarse a row's codes are: the squared distance from the center where they are the
    /// coarser the farther they lie, else 0.
    @unsafe
    func squaredReach(_ row: UnsafeRawPointer) -> Float

    /// The distances of two rows, or what is larger by one number for all of them.
    var pairs: PairKernel { get }

    /// Prepares to score rows against a vector.
    ///
    /// - Parameters:
    ///   - vector: `dimension` numbers.
    ///   - base: row 0.
    ///   - scratch: what the scorer borrows.
    /// - Returns: a scorer, and what its scores lack to be distances.
    @unsafe
    func scorer(
        _ vector: UnsafePointer<Float>, base: UnsafeRawPointer, _ scratch: CodeScratch
    ) -> (scorer: DistanceScorer, rest: Float)

    /// Prepares to score rows against one of them; with the rest, scores are as ``pairs`` have them.
    @unsafe
    func scorer(
        row: UInt32, base: UnsafeRawPointer, _ scratch: CodeScratch
    ) -> (scorer: DistanceScorer, rest: Float)
}

extension VectorQuantizer {
    /// 0: all rows' codes are as fine.
    @unsafe
    public func squaredReach(_ row: UnsafeRawPointer) -> Float { 0 }
}

extension VectorCodes {
    /// A quantiser for vectors like the given ones, or nil where there is none: for f32, and where
    /// the metric is not supported or the vectors' numbers are too large, too small or none.
    ///
    /// - Parameters:
    ///   - vectors: normalised for cosine.
    ///   - metric: what rows are compared under.
    ///   - left: rows that have no codes, and are not looked at.
    ///   - seed: what a random turn is drawn from.
    /// - Complexity: O(rows · columns)
    public func quantizer(
        fitting vectors: FloatMatrix, metric: DistanceMetric, leavingOut left: RowSet = RowSet(),
        seed: UInt64
    ) -> (any VectorQuantizer)? {
        switch self {
        case .f32: nil
        case .f16: HalfQuantizer(dimension: vectors.columns, metric: metric.ofNormalized)
        case .rq8:
            RotatedQuantizer(fitting: vectors, metric: metric, leavingOut: left, seed: seed)
        case .sq8: ByteQuantizer(fitting: vectors, metric: metric, leavingOut: left)
        }
    }

    /// The quantiser that was described so, or nil where none can be.
    public func quantizer(
        parameters: [Float], dimension: Int, metric: DistanceMetric, seed: UInt64
    ) -> (any VectorQuantizer)? {
        guard supports(metric), parameters.count == parameterCount(dimension: dimension),
            parameters.allSatisfy(\.isFinite)
        else { return nil }
        switch self {
        case .f32: return nil
        case .f16: return HalfQuantizer(dimension: dimension, metric: metric.ofNormalized)
        case .rq8: return RotatedQuantizer(center: parameters, metric: metric, seed: seed)
        case .sq8:
            return ByteQuantizer(
                least: Array(parameters.dropLast()), step: parameters[dimension], metric: metric)
        }
    }

    /// How many parameters describe a quantiser.
    public func parameterCount(dimension: Int) -> Int {
        switch self {
        case .f32, .f16: 0
        case .rq8: dimension
        case .sq8: dimension + 1
        }
    }

    /// How many bytes the codes of a vector take.
    public func bytesPerRow(dimension: Int) -> Int {
        switch self {
        case .f32: 0
        case .f16: 2 * HalfKernel.width(dimension: dimension)
        case .rq8: RotatedQuantizer.stride(width: CodeKernel.width(dimension: dimension))
        case .sq8: ByteKernel.width(dimension: dimension)
        }
    }

    /// The most numbers that a vector may have: with them, sums of integers fit 32 bits.
    public var largestDimension: Int {
        switch self {
        case .f32, .f16: .max
        case .rq8, .sq8: 65_536
        }
    }
}

/// Memory for a query's codes; for one scorer at a time.
///
/// Unchecked: whoever has it gives it to one thread at a time.
@safe
public final class CodeScratch: @unchecked Sendable {
    /// Room for as many numbers as a row has codes.
    let numbers: UnsafeMutablePointer<Float>
    /// Room for as many bytes.
    let codes: UnsafeMutableRawPointer
    private let width: Int

    /// Makes memory for vectors of `width` codes.
    public init(width: Int) {
        self.width = width
        let numbers = UnsafeMutableRawPointer.allocate(byteCount: max(1, width) * 4, alignment: 64)
        unsafe self.numbers = numbers.bindMemory(to: Float.self, capacity: max(1, width))
        unsafe codes = .allocate(byteCount: max(1, width), alignment: 64)
    }

    deinit {
        unsafe numbers.deallocate()
        unsafe codes.deallocate()
    }

    /// How many bytes a query takes at most.
    public static func largestQuery(width: Int) -> Int { width * MemoryLayout<Float>.size }

    /// Copies what a scorer borrows, so that this memory is free for another.
    ///
    /// - Parameters:
    ///   - scorer: one that was made with this memory.
    ///   - target: room for ``largestQuery(width:)`` bytes, 64-byte aligned, which what is returned borrows instead.
    /// - Complexity: O(width)
    @unsafe
    public func move(
        _ scorer: DistanceScorer, to target: UnsafeMutableRawPointer
    ) -> DistanceScorer {
        let isOfNumbers = unsafe scorer.query == UnsafeRawPointer(numbers)
        let bytes = isOfNumbers ? Self.largestQuery(width: width) : width
        unsafe target.copyMemory(from: scorer.query, byteCount: bytes)
        return unsafe scorer.reading(target)
    }

    /// Writes a vector, and zeros behind it.
    @unsafe
    func fill(_ vector: UnsafePointer<Float>, dimension: Int, width: Int) {
        unsafe numbers.update(from: vector, count: dimension)
        unsafe (numbers + dimension).update(repeating: 0, count: width - dimension)
    }
}
