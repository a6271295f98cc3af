import FeatureStorage
import Flat
import IndexCatalog
import MappedStorage
import Synchronization
import VectorCore

/// What a search sees of one index: a snapshot, and exactly what has changed since.
final class IndexView: Sendable {
    let snapshot: IndexSnapshot
    /// The change of the store that the view is true for.
    let sequence: UInt64
    /// Points of the snapshot that have been changed or deleted since.
    private let stale: Set<UInt64>
    /// The present vectors of points that were added or changed since.
    private let delta: FlatIndex?
    private let deltaPoints: [UInt64]

    /// Adds to a snapshot what the store has seen since it was built.
    ///
    /// - Throws: ``StorageError`` where the log does not reach back, or the store cannot be read.
    init(
        _ snapshot: IndexSnapshot, _ transaction: borrowing ReadTransaction, _ field: VectorField,
        of collection: StoredCollection
    ) throws(StorageError) {
        self.snapshot = snapshot
        sequence = try transaction.headSequence()
        var changed: Set<UInt64> = []
        try transaction.forEachChange(after: snapshot.sequence) { change throws(StorageError) in
            if change.fieldIDs.contains(field.id) { changed.insert(change.number.rawValue) }
            return true
        }
        stale = changed.filter { snapshot.row(of: $0) != nil }
        guard !changed.isEmpty else {
            delta = nil
            deltaPoints = []
            return
        }
        let vectors = try FieldVectors(
            transaction, field, of: collection, only: changed.sorted())
        deltaPoints = vectors.points
        do {
            delta = try FlatIndex.build(vectors.matrix, metric: snapshot.index.base.metric)
        } catch {
            throw StorageError(.system, error.message)
        }
    }

    /// How many points a search can find.
    var count: Int { snapshot.points.count - stale.count + deltaPoints.count }

    /// The `min(k, count)` nearest points, nearest first, ties by number.
    ///
    /// - Parameters:
    ///   - query: the field's dimension of numbers.
    ///   - excluded: a point that is left out, such as the one that asks.
    /// - Throws: ``IndexError`` as the index does.
    func search(
        _ query: Span<Float>, k: Int, parameters: SearchParameters, excluding excluded: UInt64?
    ) throws(IndexError) -> [PointDistance] {
        let hidden = stale.count + (excluded == nil ? 0 : 1)
        var found: [PointDistance] = []
        let wanted = min(k + hidden, max(1, snapshot.points.count))
        if !snapshot.points.isEmpty {
            for neighbor in try snapshot.index.base.search(
                query, k: wanted, parameters: parameters)
            {
                let point = snapshot.points[neighbor.row.position]
                guard point != excluded, !stale.contains(point) else { continue }
                found.append(PointDistance(point: point, distance: neighbor.distance))
            }
        }
        if let delta {
            for neighbor in try delta.search(
                query, k: min(k + 1, max(1, delta.count)), parameters: parameters)
            {
                let point = deltaPoints[neighbor.row.position]
                guard point != excluded else { continue }
                found.append(PointDistance(point: point, distance: neighbor.distance))
            }
        }
        return Array(found.sorted().prefix(k))
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

extension IndexSnapshot {
    /// The row of a point, or nil.
    ///
    /// - Complexity: O(log count)
    func row(of point: UInt64) -> Int? {
        var low = 0
        var high = points.count
        while low < high {
            let middle = (low + high) / 2
            if points[middle] < point { low = middle + 1 } else { high = middle }
        }
        return low < points.count && points[low] == point ? low : nil
    }
}

/// The views that searches have opened, one an index, so that the next search finds them in memory.
final class ViewCache: Sendable {
    private let views = Mutex<[String: IndexView]>([:])

    /// Gives the open view of an index to `body` and keeps the one that it returns in its place.
    ///
    /// One caller at a time, so that an index is never loaded twice at once.
    func withView<R: Sendable>(
        of index: String,
        _ body: (IndexView?) throws(ServiceError) -> (result: R, keep: IndexView?)
    ) throws(ServiceError) -> R {
        try views.withLock { views throws(ServiceError) in
            let (result, keep) = try body(views[index])
            views[index] = keep
            return result
        }
    }

    /// Forgets all views; searches that use one keep it alive.
    func removeAll() {
        views.withLock { $0.removeAll() }
    }
}
