public import MappedStorage
public import VectorCore
public import VectorKernels
import WorkerThreads

/// Vectors as codes, a row each, that are scored without being decoded.
///
/// Unchecked: the rows are written before this is made, or by one who knows that nobody sees them.
///
/// What the scores are, and how near the distances of the vectors, is said of the quantiser.
@safe
public final class CodeRows: @unchecked Sendable {
    /// How vectors become codes.
    public let quantizer: any VectorQuantizer
    /// How many rows there are.
    public let count: Int
    /// Bytes of all rows.
    public var byteCount: Int { count * stride }

    /// The distances of two of the rows.
    public let pairs: PairKernel
    /// Bytes between the starts of two rows.
    public let stride: Int
    /// The first of `count` rows of the quantiser's stride.
    @unsafe public let base: UnsafeRawPointer
    private let owner: AnyObject

    /// Encodes the rows of a matrix.
    ///
    /// - Parameters:
    ///   - vectors: rows of the quantiser's dimension.
    ///   - quantizer: what makes codes of them.
    ///   - threads: how many threads work.
    ///   - isCancelled: asked now and then by the calling thread whether to stop.
    /// - Throws: ``IndexError`` with `system` where there is no memory, or `cancelled`.
    /// - Complexity: O(rows · width / threads), and more where vectors are turned before.
    public convenience init(
        _ vectors: FloatMatrix, _ quantizer: any VectorQuantizer, threads: Int,
        isCancelled: @Sendable () -> Bool = { false }
    ) throws(IndexError) {
        precondition(vectors.columns == quantizer.dimension)
        let stride = quantizer.stride
        let pages = try IndexPages(byteCount: vectors.rows * stride)
        let isWhole = WorkerThreads.forEachPiece(
            of: vectors.rows, piece: 256, threads: threads, isCancelled: isCancelled
        ) { _, rows in
            let scratch = CodeScratch(width: quantizer.width)
            for row in rows {
                unsafe quantizer.encode(
                    vectors.pointer(row: row), into: pages.base + row * stride, scratch)
            }
        }
        guard isWhole else { throw .buildCancelled }
        self.init(pages, count: vectors.rows, quantizer)
    }

    /// Takes rows that were encoded before.
    ///
    /// - Precondition: `pages` holds `count` rows of the quantiser's stride.
    public convenience init(_ pages: IndexPages, count: Int, _ quantizer: any VectorQuantizer) {
        precondition(pages.byteCount >= count * quantizer.stride)
        unsafe self.init(
            borrowing: UnsafeRawPointer(pages.base), count: count, quantizer, owner: pages)
    }

    /// Borrows rows that were encoded before.
    ///
    /// - Parameters:
    ///   - base: the first of `count` rows, 64-byte aligned.
    ///   - owner: kept alive as long as these rows.
    @unsafe
    public init(
        borrowing base: UnsafeRawPointer, count: Int, _ quantizer: any VectorQuantizer,
        owner: AnyObject
    ) {
        unsafe self.base = base
        self.owner = owner
        self.quantizer = quantizer
        self.count = count
        stride = quantizer.stride
        pairs = quantizer.pairs
    }

    /// The first row whose scores are no numbers, or nil: they would have no order.
    ///
    /// - Parameter left: rows that are not looked at.
    /// - Complexity: O(bytes)
    public func firstNonFinite(leavingOut left: RowSet = RowSet()) -> Int? {
        (0..<count).first { row in
            unsafe !quantizer.isFinite(base + row * stride) && !left.contains(UInt32(row))
        }
    }

    /// The largest ``VectorQuantizer/squaredReach(_:)`` of rows.
    ///
    /// - Parameter left: rows that are not looked at.
    /// - Complexity: O(rows)
    public func largestSquaredReach(leavingOut left: RowSet = RowSet()) -> Float {
        var largest: Float = 0
        for row in 0..<count where !left.contains(UInt32(row)) {
            largest = unsafe max(largest, quantizer.squaredReach(base + row * stride))
        }
        return largest
    }

    /// The distance of two rows.
    ///
    /// - Complexity: O(width)
    public func distance(_ left: UInt32, _ right: UInt32) -> Float {
        unsafe pairs.distance(base + Int(left) &* stride, base + Int(right) &* stride)
    }

    /// Prepares to score rows against a vector.
    ///
    /// - Parameters:
    ///   - vector: `dimension` numbers.
    ///   - scratch: what the scorer borrows.
    /// - Returns: a scorer, and what its scores lack to be distances: the same for all rows.
    /// - Complexity: O(width), and more where vectors are turned before.
    @unsafe
    public func scorer(
        _ vector: UnsafePointer<Float>, _ scratch: CodeScratch
    ) -> (scorer: DistanceScorer, rest: Float) {
        unsafe quantizer.scorer(vector, base: base, scratch)
    }

    /// Prepares to score rows against one of them; as for a vector.
    ///
    /// - Complexity: O(width)
    @unsafe
    public func scorer(
        row: UInt32, _ scratch: CodeScratch
    ) -> (scorer: DistanceScorer, rest: Float) {
        unsafe quantizer.scorer(row: row, base: base, scratch)
    }
}
