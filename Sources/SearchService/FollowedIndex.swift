import Evaluation
import FeatureStorage
import IndexCatalog
import IndexDefinitions
import Locks
import MappedStorage
import VectorCore

/// A published index that takes in what the store sees from then on.
///
/// What has changed is found in the store's log, so that nothing needs to be written for it: whoever
/// opens the index next does the same.
final class FollowedIndex: Sendable {
    private let living: LivingOnDemand
    /// The change of the store that has been taken in last.
    private let sequence: Lock<UInt64>

    /// Begins with an index as it was published.
    ///
    /// - Throws: ``StorageError`` with `system` where there is no memory.
    init(_ snapshot: IndexSnapshot) throws(StorageError) {
        do throws(IndexError) {
            // Whoever searches is not to wait for others' changes.
            living = LivingOnDemand(
                snapshot.index, ids: try RowIDs(snapshot.points), waits: false)
        } catch {
            throw StorageError(.system, error.message)
        }
        sequence = Lock(snapshot.sequence)
    }

    /// The index as the store is at the moment of a transaction.
    ///
    /// - Returns: nil where it has taken in later changes already.
    /// - Throws: ``StorageError`` where the log does not reach back, the store cannot be read, or there
    ///   is no memory.
    /// - Complexity: O(changes · dimension) since the last call
    func version(
        _ transaction: borrowing ReadTransaction, _ field: VectorField,
        of collection: StoredCollection
    ) throws(StorageError) -> IndexVersion? {
        let head = try transaction.headSequence()
        return try sequence.withLock { sequence throws(StorageError) in
            guard sequence <= head else { return nil }
            if sequence < head {
                var changed: Set<UInt64> = []
                try transaction.forEachChange(after: sequence) {
                    change throws(StorageError) in
                    if change.fieldIDs.contains(field.id) { changed.insert(change.number.rawValue) }
                    return true
                }
                if !changed.isEmpty {
                    let vectors = try FieldVectors(
                        transaction, field, of: collection, only: changed.sorted())
                    do throws(ChangeError) {
                        try living.change(
                            .replay(changed: changed, vectors.matrix, ids: vectors.points))
                    } catch {
                        throw StorageError(.system, error.message)
                    }
                }
                sequence = head
            }
            return living.version
        }
    }

    /// Measures with queries of the user's how well searches find, of all that it has taken in.
    ///
    /// - Throws: ``IndexError`` as ``LivingIndex/measuringRecall(_:threads:reading:)`` does.
    func measuringRecall(
        _ queries: FloatMatrix, threads: Int, reading source: (RowIDs) -> any RowVectors
    ) throws(IndexError) -> MeasuredRecall {
        try living.measuringRecall(queries, threads: threads, reading: source)
    }
}
