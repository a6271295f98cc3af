import Evaluation
public import IndexDefinitions
public import LinearAlgebra
import MappedStorage
import VectorCore

/// All distances among the vectors, computed beforehand: for every row all rows in order.
///
/// A query that is one of the vectors is looked up; any other is answered by an exact scan. It is
/// what the system that Likeness replaces did for its few hundred images, and takes 8 bytes for
/// every pair of vectors. All metrics are supported; no effort changes anything.
public final class MatrixIndex: ScannableIndex {
    /// What scans the vectors.
    public let exact: ExactSearch
    /// `count` × `count` neighbours, list after list.
    let table: IndexPages
    /// Where a vector's list is.
    let lookup: RowLookup

    /// What its kind is.
    public var definition: any IndexDefinition { MatrixDefinition() }
    /// None that say what it is.
    public var builtWith: IndexParameters { IndexParameters() }
    /// One that has changed may take as much as this one does, or as is usual.
    public var rebuiltWith: IndexParameters {
        let limit = max(table.byteCount, MatrixDefinition.usualByteLimit)
        return IndexParameters(["byteLimit": .number(UInt64(limit))])
    }
    /// Bytes of memory that the index occupies.
    public var memoryBytes: Int { table.byteCount + lookup.byteCount + exact.memoryBytes }

    init(_ exact: ExactSearch, table: IndexPages) {
        self.exact = exact
        self.table = table
        lookup = RowLookup(exact.vectors)
    }
}
