public import LinearAlgebra
import MappedStorage
public import VectorCore

/// Vectors that are scanned for every query, and that come and go.
///
/// A state never changes: ``adding(_:)`` and ``hiding(_:)`` make the next one, which shares the
/// vectors. So searches in a state wait for nobody, and see all of a change or nothing. Removed
/// vectors are hidden; their memory is given up by ``dense()``.
public final class ScannedVectors: VectorIndex {
    /// Rows that were removed, and that no answer has.
    public let hidden: RowSet
    /// What scans the vectors.
    public let exact: ExactSearch
    /// The vectors and their norms where they can grow; nil where they are somebody else's.
    let memory: (rows: GrowingMemory<Float>, factors: GrowingMemory<Float>)?

    /// The metric that distances are in.
    public var metric: DistanceMetric { exact.metric }
    /// How many numbers a vector has.
    public var dimension: Int { exact.vectors.columns }
    /// How many rows there are, the hidden ones among them.
    public var rowCount: Int { exact.vectors.rows }
    /// All rows, the hidden ones among them.
    public var vectors: FloatMatrix { exact.vectors }

    /// Bytes of memory that the vectors and what is computed of them occupy.
    public var memoryBytes: Int { exact.memoryBytes + hidden.byteCount }

    /// Begins with vectors that are shared.
    public convenience init(_ exact: ExactSearch) {
        self.init(exact, memory: nil, hidden: RowSet())
    }

    /// Begins with vectors that are shared.
    ///
    /// - Throws: ``IndexError`` with `notFinite`, `invalidParameter` or `unsupportedMetric`.
    /// - Complexity: O(count · dimension)
    public convenience init(
        checking vectors: FloatMatrix, metric: DistanceMetric
    ) throws(IndexError) {
        try vectors.validate(for: metric)
        self.init(ExactSearch(vectors, metric: metric))
    }

    init(
        _ exact: ExactSearch, memory: (rows: GrowingMemory<Float>, factors: GrowingMemory<Float>)?,
        hidden: RowSet
    ) {
        self.exact = exact
        self.memory = memory
        self.hidden = hidden
    }

    /// Answers queries exactly, by matrix products where there are many and the metric allows.
    ///
    /// - Complexity: O(queries · allowed rows · dimension / threads)
    public func search(
        _ queries: borrowing Queries, _ limits: SearchLimits, into answers: inout Answers
    ) throws(IndexError) {
        try validate(queries, k: limits.k)
        try exact.search(queries, limits, hiding: hidden, into: &answers)
    }

    /// Copies of some of the vectors, or all of them themselves.
    public func vectors(of rows: [UInt32]) -> FloatMatrix {
        rows.elementsEqual(0..<UInt32(rowCount))
            ? vectors : vectors.selecting(rows: rows.map { Int($0) })
    }
}
