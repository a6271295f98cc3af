import LinearAlgebra
public import VectorCore

/// All vectors as they came, scanned for every query: the exact answer.
///
/// Answers are in the order of distances in double precision, ties by row. All metrics are
/// supported; `SearchParameters` change nothing.
public final class FlatIndex: VectorIndex {
    /// The metric that distances are in.
    public let metric: DistanceMetric
    let exact: ExactSearch

    /// How many numbers a vector has.
    public var dimension: Int { vectors.columns }
    /// How many vectors there are.
    public var count: Int { vectors.rows }

    /// The vectors, as they came.
    public var vectors: FloatMatrix { exact.vectors }

    /// Bytes of memory that the index occupies.
    public var memoryBytes: Int {
        4 * (vectors.rows * vectors.stride + exact.norms.factors.stride)
    }

    init(_ exact: ExactSearch) {
        metric = exact.metric
        self.exact = exact
    }
}
