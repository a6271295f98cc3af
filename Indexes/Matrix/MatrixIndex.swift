import LinearAlgebra
import MappedStorage
public import VectorCore

/// All distances among the vectors, computed beforehand: for every row all rows in order.
///
/// What is asked about a row is read off; a query from outside is answered by an exact scan. It is
/// what the system that Likeness replaces did for its few hundred images, and takes 8 bytes for
/// every pair of vectors. All metrics are supported; `SearchParameters` change nothing.
public final class MatrixIndex: VectorIndex {
    /// The metric that distances are in.
    public let metric: DistanceMetric
    let exact: ExactSearch
    /// `count` × `count` neighbours, list after list.
    let table: HugePages

    /// How many numbers a vector has.
    public var dimension: Int { vectors.columns }
    /// How many vectors there are.
    public var count: Int { vectors.rows }

    /// The vectors, as they came.
    public var vectors: FloatMatrix { exact.vectors }

    /// Bytes of memory that the index occupies.
    public var memoryBytes: Int {
        table.byteCount + 4 * (vectors.rows * vectors.stride + exact.norms.factors.stride)
    }

    init(_ exact: ExactSearch, table: HugePages) {
        metric = exact.metric
        self.exact = exact
        self.table = table
    }
}
