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

    /// The vectors with some ids, in their order, as ``VectorIndex/vectors(of:)`` gives them.
    ///
    /// - Throws: ``ChangeError`` naming the position of the first id that cannot be found, or what reading them throws.
    /// - Complexity: O(ids · dimension), and O(rows) where ids are not the rows' numbers
    public func vectors(_ wanted: [UInt64]) throws(ChangeError) -> FloatMatrix {
        let rows = ids.row(ofEach: wanted, leavingOut: index.hidden)
        if let position = rows.firstIndex(of: nil) {
            throw ChangeError(position: position, .idUnknown(wanted[position]))
        }
        // Slots of a graph get other vectors once nobody has a version that shows these.
        return try withExtendedLifetime(self) { () throws(ChangeError) in
            do throws(IndexError) {
                return try index.vectors(of: rows.compactMap { $0 })
            } catch {
                throw ChangeError(error)
            }
        }
    }

    /// How many vectors can be found.
    public var count: Int { index.count }
    /// Bytes that the index and the ids occupy.
    public var memoryBytes: Int { index.memoryBytes + ids.byteCount }
}
