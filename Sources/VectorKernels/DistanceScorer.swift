public import CVectorKernels

/// Scores rows against one query; the innermost call of every search.
///
/// Whether the rows are numbers or codes, it is called alike, so that a search is compiled once. It
/// borrows the query and the rows: both outlive it.
///
/// Unchecked: it reads memory that nobody writes.
@safe
public struct DistanceScorer: @unchecked Sendable {
    @usableFromInline let scorer: vk_scorer
    /// Bytes that a row's score is read from.
    @usableFromInline let rowBytes: Int
    /// Added to the score of each row, or nil.
    @usableFromInline var addends: UnsafePointer<Float>?

    /// Prepares to score rows of numbers against a query.
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
        rowBytes = dimension * 4
        unsafe scorer = vk_scorer(
            rows: kernel.forms.score_rows, block: kernel.forms.score_block, query: query,
            base: base, stride: stride * 4, d: dimension, p: kernel.power, scale: 0, shift: 0)
    }

    /// Prepares to score rows of codes; see ``CodeKernel``.
    @unsafe
    init(_ scorer: vk_scorer, rowBytes: Int) {
        unsafe self.scorer = scorer
        self.rowBytes = rowBytes
    }

    /// The same that adds a number to the score of each row.
    ///
    /// - Parameter addends: a number a row, which the scorer borrows.
    @unsafe
    public func adding(_ addends: UnsafePointer<Float>) -> DistanceScorer {
        var scorer = self
        unsafe scorer.addends = addends
        return scorer
    }

    /// Where the query lies, in the form that rows are compared with.
    @unsafe
    public var query: UnsafeRawPointer { unsafe scorer.query }

    /// The same that reads the query elsewhere.
    ///
    /// - Parameter query: a copy, which the scorer borrows.
    @unsafe
    public func reading(_ query: UnsafeRawPointer) -> DistanceScorer {
        var moved = unsafe scorer
        unsafe moved.query = query
        var result = unsafe DistanceScorer(moved, rowBytes: rowBytes)
        unsafe result.addends = addends
        return result
    }

    /// The raw distance of one row.
    ///
    /// - Complexity: O(dimension)
    @unsafe
    @inlinable
    public func score(row: UInt32) -> Float {
        var distance: Float = 0
        unsafe score(consecutive: Int(row), count: 1, into: &distance)
        return distance
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
        unsafe withUnsafePointer(to: scorer) { unsafe $0.pointee.rows($0, rows, count, distances) }
        guard let addends = unsafe addends else { return }
        for place in 0..<count { unsafe distances[place] += addends[Int(rows[place])] }
    }

    /// Writes the raw distances of consecutive rows.
    ///
    /// - Complexity: O(count · dimension)
    @unsafe
    @inlinable
    public func score(
        consecutive first: Int, count: Int, into distances: UnsafeMutablePointer<Float>
    ) {
        unsafe withUnsafePointer(to: scorer) {
            unsafe $0.pointee.block($0, first, count, distances)
        }
        guard let addends = unsafe addends else { return }
        for place in 0..<count { unsafe distances[place] += addends[first + place] }
    }

    /// Asks for a row that will be scored soon, up to its first kibibyte.
    @unsafe
    @inlinable
    public func prefetch(row: UInt32) {
        let start = unsafe scorer.base + Int(row) &* scorer.stride
        var line = 0
        while line < rowBytes, line < 1024 {
            unsafe vk_prefetch(start + line)
            line &+= 64
        }
    }
}
