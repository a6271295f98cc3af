public import MappedStorage
public import VectorCore

/// What one search sees of an index that changes: an index that never does, and the id of each of its rows.
///
/// What is hidden in it or scanned beside it is the affair of its kind.
public struct IndexVersion: Sendable {
    /// The index.
    public let index: any VectorIndex
    /// The id of every row, hidden ones included.
    public let ids: RowIDs

    /// Joins an index with the ids of its rows.
    ///
    /// - Precondition: one id a row.
    public init(_ index: any VectorIndex, ids: RowIDs) {
        precondition(ids.count >= index.rowCount)
        self.index = index
        self.ids = ids
    }

    /// How many vectors can be found.
    public var count: Int { index.count }
    /// Bytes that the index and the ids occupy.
    public var memoryBytes: Int { index.memoryBytes + ids.byteCount }
}
