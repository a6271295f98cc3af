import FeatureStorage
import IndexCatalog
import IndexDefinitions
import Locks
import MappedStorage
import VectorCore

/// What a search sees of one index: all that is there at one moment of the store.
final class IndexView: Sendable {
    /// What takes in the store's changes.
    let followed: FollowedIndex
    /// The kind of the index.
    let kind: IndexKind
    /// What is searched: the version, and where it does not keep its vectors, the store's.
    let searched: IndexVersion
    /// The version as the index gave it.
    private let version: IndexVersion
    /// What tells the file that the index was opened from.
    let checksum: UInt32?
    /// The change of the store that the file was published at.
    let published: UInt64
    /// The change of the store that the view is true for.
    let sequence: UInt64
    /// The rows that the last query with a filter or a bound was allowed.
    private let lastAllowed = Lock<(selection: PointSelection?, rows: RowSet)?>(nil)

    /// Adds to a snapshot what the store has seen since it was published.
    ///
    /// - Parameters:
    ///   - snapshot: the snapshot.
    ///   - transaction: a view of the store.
    ///   - field: the field that is indexed.
    ///   - collection: its collection.
    ///   - store: where the vectors are read that the index does not keep.
    /// - Throws: ``StorageError`` where the log does not reach back, or the store cannot be read.
    convenience init(
        _ snapshot: IndexSnapshot, _ transaction: borrowing ReadTransaction,
        _ field: VectorField, of collection: StoredCollection, in store: FeatureStore
    ) throws(StorageError) {
        let followed = try FollowedIndex(snapshot)
        // Nobody else has it yet, so it is not ahead of the transaction.
        guard let version = try followed.version(transaction, field, of: collection) else {
            preconditionFailure("an index that nobody else has is ahead of the store")
        }
        self.init(
            followed, version, kind: snapshot.index.kind, checksum: snapshot.checksum,
            published: snapshot.sequence, sequence: try transaction.headSequence(), field, store)
    }

    private init(
        _ followed: FollowedIndex, _ version: IndexVersion, kind: IndexKind, checksum: UInt32?,
        published: UInt64, sequence: UInt64, _ field: VectorField, _ store: FeatureStore
    ) {
        self.followed = followed
        self.version = version
        self.kind = kind
        self.checksum = checksum
        self.published = published
        self.sequence = sequence
        searched = version.reading(store, field, sequence: sequence)
    }

    /// The view of a later moment, or this one where it is true still.
    ///
    /// - Returns: nil where a still later one has been made already; then a newer transaction helps.
    /// - Throws: as for a new view.
    func view(
        _ transaction: borrowing ReadTransaction, _ field: VectorField,
        of collection: StoredCollection, in store: FeatureStore
    ) throws(StorageError) -> IndexView? {
        let head = try transaction.headSequence()
        guard let now = try followed.version(transaction, field, of: collection) else {
            return nil
        }
        guard head != sequence || now.index !== version.index else { return self }
        return IndexView(
            followed, now, kind: kind, checksum: checksum, published: published, sequence: head,
            field, store)
    }

    /// What somebody who searches should know, in one sentence; nil where there is nothing.
    var warning: String? { searched.index.warning }

    /// The rows whose points are selected, which are kept for the next query with the same selection; nil for all.
    func allowedRows(_ selection: PointSelection?) -> RowSet? {
        guard let selection else { return nil }
        if let known = lastAllowed.withLock({ $0 }), known.selection == selection {
            return known.rows
        }
        let made = searched.rows(in: selection)
        lastAllowed.withLock { $0 = (selection, made) }
        return made
    }
}

/// A point of the store and its distance from a query.
struct PointDistance: Comparable {
    let point: UInt64
    let distance: Float

    static func < (left: PointDistance, right: PointDistance) -> Bool {
        (left.distance, left.point) < (right.distance, right.point)
    }
}
