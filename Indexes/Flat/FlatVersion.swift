import LinearAlgebra
import MappedStorage
public import VectorCore

/// One state of a flat index whose vectors come and go.
///
/// A state never changes: ``adding(_:)`` and ``hiding(_:)`` make the next one, which shares the
/// vectors. So searches in a state wait for nobody, and see all of a change or nothing. Removed
/// vectors are hidden; their memory is given up by ``dense()``.
public final class FlatVersion: Sendable {
    /// Rows that were removed, and that no answer has.
    public let hidden: RowSet
    let exact: ExactSearch
    /// The vectors and their norms where they can grow; nil where they are another index's.
    let memory: (rows: GrowingMemory<Float>, factors: GrowingMemory<Float>)?

    /// The metric that distances are in.
    public var metric: DistanceMetric { exact.metric }
    /// How many numbers a vector has.
    public var dimension: Int { exact.vectors.columns }
    /// All rows, the hidden ones among them.
    public var vectors: FloatMatrix { exact.vectors }
    /// How many vectors can be found.
    public var count: Int { vectors.rows - hidden.count }

    /// Bytes of memory that the vectors and what is computed of them occupy.
    public var memoryBytes: Int {
        4 * (vectors.rows * vectors.stride + exact.norms.factors.stride) + hidden.byteCount
    }

    /// Begins with the vectors of an index, which it shares.
    public init(_ index: FlatIndex) {
        hidden = RowSet()
        exact = index.exact
        memory = nil
    }

    init(
        _ exact: ExactSearch, memory: (rows: GrowingMemory<Float>, factors: GrowingMemory<Float>)?,
        hidden: RowSet
    ) {
        self.exact = exact
        self.memory = memory
        self.hidden = hidden
    }

    /// Returns the `min(k, count)` nearest rows, nearest first, ties by row.
    ///
    /// - Throws: ``IndexError`` with `dimensionMismatch`, `notFinite` or `invalidParameter`.
    /// - Complexity: O(rows · dimension)
    public func search(_ query: Span<Float>, k: Int) throws(IndexError) -> [Neighbor] {
        try QueryCheck(dimension: dimension).validate(query, k: k)
        return try QueryCheck.checked(exact.search(query, k: k, hiding: hidden))
    }

    /// Answers many queries on `threads` threads, by matrix products where the metric allows.
    ///
    /// - Throws: ``IndexError`` as `search` does.
    /// - Complexity: O(queries · rows · dimension / threads)
    public func searchBatch(
        _ queries: FloatMatrix, k: Int, threads: Int
    ) throws(IndexError) -> [[Neighbor]] {
        try QueryCheck(dimension: dimension).validate(queries, k: k)
        return try QueryCheck.checked(
            exact.searchBatch(queries, k: k, threads: threads, hiding: hidden))
    }
}
