public import LinearAlgebra
public import VectorCore

/// An index that keeps all vectors as they came, so that any search of it can be a scan.
///
/// A kind that has what scans them has what any index tells of its vectors.
public protocol ScannableIndex: FileBackedIndex {
    /// What scans the vectors.
    var exact: ExactSearch { get }
}

extension ScannableIndex {
    /// The metric that distances are in.
    public var metric: DistanceMetric { exact.metric }
    /// How many numbers a vector has.
    public var dimension: Int { exact.vectors.columns }
    /// How many vectors there are.
    public var rowCount: Int { exact.vectors.rows }
    /// The vectors, as they came.
    public var vectors: FloatMatrix { exact.vectors }

    /// Copies of some of the vectors, or all of them themselves.
    ///
    /// - Complexity: O(rows · dimension)
    public func vectors(of rows: [UInt32]) -> FloatMatrix {
        rows.elementsEqual(0..<UInt32(rowCount))
            ? vectors : vectors.selecting(rows: rows.map { Int($0) })
    }
}

extension ExactSearch {
    /// Bytes of memory that the vectors and what is computed of them occupy.
    public var memoryBytes: Int { 4 * (vectors.rows * vectors.stride + norms.factors.stride) }
}
