public import CVectorKernels

/// Scores rows of a matrix against one query; the innermost call of every search.
///
/// It borrows the query and the rows: both outlive it.
///
/// Unchecked: it reads memory that nobody writes.
@safe
public struct DistanceScorer: @unchecked Sendable {
    /// The query's first number.
    @usableFromInline let query: UnsafePointer<Float>
    /// The first number of row 0.
    @usableFromInline let base: UnsafePointer<Float>
    /// Floats between the starts of two rows.
    @usableFromInline let stride: Int
    /// Numbers of a vector.
    @usableFromInline let dimension: Int
    @usableFromInline let power: Float
    @usableFromInline let pairKernel: vk_pair
    @usableFromInline let rowsKernel: vk_rows
    @usableFromInline let blockKernel: vk_block

    /// Prepares to score rows against a query.
    ///
    /// - Parameters:
    ///   - kernel: the metric; for cosine the query and all rows are normalised.
    ///   - query: `dimension` floats.
    ///   - base: the first number of row 0.
    ///   - stride: how many floats lie between the starts of two rows.
    ///   - dimension: how many numbers a vector has.
    @unsafe
    public init(
        _ kernel: DistanceKernel, query: UnsafePointer<Float>, base: UnsafePointer<Float>,
        stride: Int, dimension: Int
    ) {
        unsafe self.query = query
        unsafe self.base = base
        self.stride = stride
        self.dimension = dimension
        power = kernel.power
        unsafe pairKernel = kernel.forms.pair
        unsafe rowsKernel = kernel.forms.rows
        unsafe blockKernel = kernel.forms.block
    }

    /// The raw distance of one row.
    ///
    /// - Complexity: O(dimension)
    @unsafe
    @inlinable
    public func score(row: UInt32) -> Float {
        unsafe pairKernel(query, base + Int(row) * stride, dimension, power)
    }

    /// Writes the raw distances of `count` rows given by number.
    ///
    /// Four rows are scored at once while the next four are prefetched, so one call with many rows
    /// is much faster than many calls.
    ///
    /// - Complexity: O(count · dimension)
    @unsafe
    @inlinable
    public func score(
        rows: UnsafePointer<UInt32>, count: Int, into distances: UnsafeMutablePointer<Float>
    ) {
        unsafe rowsKernel(query, base, stride, rows, count, dimension, power, distances)
    }

    /// Writes the raw distances of consecutive rows.
    ///
    /// - Complexity: O(count · dimension)
    @unsafe
    @inlinable
    public func score(
        consecutive first: Int, count: Int, into distances: UnsafeMutablePointer<Float>
    ) {
        unsafe blockKernel(
            query, base + first * stride, stride, count, dimension, power, distances)
    }

    /// Asks for the first lines of a row that will be scored soon.
    @unsafe
    @inlinable
    public func prefetch(row: UInt32) {
        let start = unsafe base + Int(row) * stride
        for line in 0..<min(4, (dimension + 15) / 16) {
            unsafe vk_prefetch(start + line * 16)
        }
    }
}
