import FeatureStorage
import Locks
import PayloadFilter

/// The points that the filters asked for last let through, as long as the store does not change.
///
/// Who asks many queries with one filter waits for its evaluation once.
final class FilterCache: Sendable {
    private struct Key: Hashable {
        let filter: PayloadFilter
        let collection: UInt32
        let sequence: UInt64
    }

    private static let mostFilters = 8

    /// The last one first.
    private let known = Lock<[(key: Key, points: PointSelection)]>([])

    /// The points that fulfil a filter, as a view of the store has them.
    ///
    /// Two that ask at once may both evaluate it; none waits for the other.
    ///
    /// - Throws: ``StorageError`` as the evaluation does.
    func points(
        matching filter: PayloadFilter, in collection: StoredCollection,
        _ transaction: borrowing ReadTransaction
    ) throws(StorageError) -> PointSelection {
        let key = Key(
            filter: filter, collection: collection.id, sequence: try transaction.headSequence())
        let found = known.withLock { known in known.first { $0.key == key }?.points }
        if let found { return found }
        let points = try transaction.points(matching: filter, in: collection)
        known.withLock { known in
            known.removeAll { $0.key.sequence != key.sequence || $0.key == key }
            known.insert((key, points), at: 0)
            if known.count > Self.mostFilters { known.removeLast() }
        }
        return points
    }
}
