/// A row and its distance from a query.
///
/// Neighbours order by distance, ties by row, so that every answer has one order.
public struct Neighbor: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// The row inside the index.
    public let row: RowID
    /// The distance in the index's metric; smaller is nearer.
    public let distance: Float

    /// Pairs a row with its distance.
    @inlinable
    public init(row: RowID, distance: Float) {
        self.row = row
        self.distance = distance
    }

    /// Whether `left` is nearer, or as near with the smaller row.
    @inlinable
    public static func < (left: Neighbor, right: Neighbor) -> Bool {
        left.distance < right.distance
            || (left.distance == right.distance && left.row < right.row)
    }
}
