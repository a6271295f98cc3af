public import MappedStorage
public import VectorCore
public import VectorKernels
import WorkerThreads

/// Vectors as 8-bit codes, a row each, that are scored without being decoded.
///
/// Scores are unbiased estimates of squared L2 distances. One of vectors r and q, taken from the
/// centre, has a standard deviation of about 2·|r|·|q|·0.008/√width from the rows' codes, and as much
/// again from the query's: a number's largest level is 127, some three deviations out.
@safe
public final class CodeRows: @unchecked Sendable {
    /// How vectors become codes.
    public let quantizer: RotatedQuantizer
    /// How many rows there are.
    public let count: Int
    /// Bytes between the starts of two rows.
    public let stride: Int
    /// `count` × `stride` bytes: of each row the codes, the factors, and zeros.
    public let pages: HugePages
    @usableFromInline let base: UnsafePointer<UInt8>
    @usableFromInline let width: Int
    @usableFromInline let kernel: CodeKernel

    /// Bytes of all rows.
    public var byteCount: Int { pages.byteCount }

    /// How many bytes a row takes.
    ///
    /// Rows begin at multiples of 16 bytes, so that most touch no more cache lines than they need,
    /// and at multiples of 64 where that costs little.
    public static func stride(width: Int) -> Int {
        let bytes = width + CodeKernel.factorBytes
        let lines = (bytes + 63) & ~63
        return lines - bytes <= bytes / 16 ? lines : bytes
    }

    /// Encodes the rows of a matrix.
    ///
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    /// - Complexity: O(rows · width · log width / threads)
    public init(
        _ vectors: FloatMatrix, _ quantizer: RotatedQuantizer, threads: Int
    ) throws(IndexError) {
        precondition(vectors.columns == quantizer.dimension)
        let width = quantizer.width
        let stride = Self.stride(width: width)
        pages = try HugePages(byteCount: vectors.rows * stride)
        self.quantizer = quantizer
        self.count = vectors.rows
        self.stride = stride
        self.width = width
        kernel = quantizer.kernel
        unsafe base = UnsafePointer(pages.base.assumingMemoryBound(to: UInt8.self))
        let target = pages
        WorkerThreads.forEachPiece(of: vectors.rows, piece: 256, threads: threads) { _, rows in
            unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { turned in
                guard let turned = turned.baseAddress else { return }
                for row in rows {
                    unsafe quantizer.turn(vectors.pointer(row: row), into: turned)
                    unsafe quantizer.kernel.encode(
                        turned, width: width,
                        into: (target.base + row * stride).assumingMemoryBound(to: UInt8.self))
                }
            }
        }
    }

    /// Takes rows that were encoded before.
    ///
    /// - Precondition: `pages` holds `count` rows of ``stride(width:)`` bytes.
    public init(_ pages: HugePages, count: Int, _ quantizer: RotatedQuantizer) {
        self.pages = pages
        self.quantizer = quantizer
        self.count = count
        width = quantizer.width
        stride = Self.stride(width: width)
        precondition(pages.byteCount >= count * stride)
        kernel = quantizer.kernel
        unsafe base = UnsafePointer(pages.base.assumingMemoryBound(to: UInt8.self))
    }

    /// The first row whose factors are not finite, or nil: its estimates would have no order.
    ///
    /// - Complexity: O(count)
    public var firstNonFinite: Int? {
        (0..<count).first { row in
            let factors = unsafe UnsafeRawPointer(base + row * stride + width)
            return (0..<4).contains {
                unsafe !factors.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self).isFinite
            }
        }
    }

    /// The estimated squared L2 distance of two rows.
    ///
    /// - Complexity: O(width)
    @inlinable
    public func distance(_ left: UInt32, _ right: UInt32) -> Float {
        unsafe kernel.distance(
            base + Int(left) &* stride, base + Int(right) &* stride, width: width)
    }

    /// Prepares to score rows against a vector.
    ///
    /// - Parameters:
    ///   - vector: `dimension` numbers.
    ///   - scratch: what the scorer borrows.
    /// - Returns: a scorer of estimates less the query's squared norm, and that norm.
    /// - Complexity: O(width · log width)
    @unsafe
    public func scorer(
        _ vector: UnsafePointer<Float>, _ scratch: CodeScratch
    ) -> (scorer: DistanceScorer, squaredNorm: Float) {
        unsafe quantizer.turn(vector, into: scratch.turned)
        return unsafe kernel.scorer(
            scratch.turned, width: width, codes: scratch.codes, base: base, stride: stride)
    }

    /// Prepares to score rows against one of them; as for a vector.
    ///
    /// - Complexity: O(width)
    @unsafe
    public func scorer(
        row: UInt32, _ scratch: CodeScratch
    ) -> (scorer: DistanceScorer, squaredNorm: Float) {
        unsafe kernel.scorer(
            row: row, width: width, codes: scratch.codes, base: base, stride: stride)
    }
}

/// Memory for a query's codes; for one scorer at a time.
///
/// Unchecked: whoever has it gives it to one thread at a time.
@safe
public final class CodeScratch: @unchecked Sendable {
    let turned: UnsafeMutablePointer<Float>
    let codes: UnsafeMutablePointer<Int8>

    /// Makes memory for vectors of `width` codes.
    public init(width: Int) {
        let turned = UnsafeMutableRawPointer.allocate(byteCount: max(1, width) * 4, alignment: 64)
        unsafe self.turned = turned.bindMemory(to: Float.self, capacity: max(1, width))
        let codes = UnsafeMutableRawPointer.allocate(byteCount: max(1, width), alignment: 64)
        unsafe self.codes = codes.bindMemory(to: Int8.self, capacity: max(1, width))
    }

    deinit {
        unsafe turned.deallocate()
        unsafe codes.deallocate()
    }
}
