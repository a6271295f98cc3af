import FeatureStorage
import Flat
import IndexCatalog
import MappedStorage
import Synchronization
import VectorCore

/// What a search sees of one index: a snapshot, and exactly what has changed since.
final class IndexView: Sendable {
    let snapshot: IndexSnapshot
    /// Finds settings for a recall, where the kind needs that; the views of one snapshot share it.
    let tuner: RecallTuner?
    /// The change of the store that the view is true for.
    let sequence: UInt64
    /// Points of the snapshot that have been changed or deleted since.
    let stale: Set<UInt64>
    /// The present vectors of points that were added or changed since.
    let delta: FlatIndex?
    let deltaPoints: [UInt64]
    /// The rows that the last query with a filter or a bound was allowed.
    let lastAllowed = Mutex<(selection: PointSelection?, rows: AllowedRows)?>(nil)

    /// Adds to a snapshot what the store has seen since it was built.
    ///
    /// - Parameters:
    ///   - snapshot: the snapshot.
    ///   - tuner: that of an earlier view of this snapshot, or nil.
    ///   - transaction: a view of the store.
    ///   - field: the field that is indexed.
    ///   - collection: its collection.
    /// - Throws: ``StorageError`` where the log does not reach back, or the store cannot be read.
    init(
        _ snapshot: IndexSnapshot, tuner: RecallTuner?, _ transaction: borrowing ReadTransaction,
        _ field: VectorField,
        of collection: StoredCollection
    ) throws(StorageError) {
        self.snapshot = snapshot
        if case .hnsw(let index) = snapshot.index {
            self.tuner = tuner ?? RecallTuner(index)
        } else {
            self.tuner = nil
        }
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
        let indexed =
            snapshot.points.isEmpty
            ? []
            : try snapshot.index.base.search(
                query, k: wanted(k, excluding: excluded), parameters: parameters)
        let added =
            try delta?.search(query, k: deltaWanted(k), parameters: parameters) ?? []
        return merged(indexed, added, k: k, excluding: excluded)
    }

    /// The answers to many queries, in their order; each as `search` gives it.
    ///
    /// - Throws: ``ServiceError`` as the index does, or where no setting reaches a recall.
    func searchBatch(
        _ queries: FloatMatrix, k: Int, _ effort: SearchEffort, excluding excluded: UInt64?,
        threads: Int?
    ) throws(ServiceError) -> [[PointDistance]] {
        let parameters =
            try tuner?.parameters(effort, k: k, threads: threads) ?? SearchParameters()
        let threads = Engine.threads(threads)
        return try indexing { () throws(IndexError) in
            let nothing = [[Neighbor]](repeating: [], count: queries.rows)
            let indexed =
                snapshot.points.isEmpty
                ? nothing
                : try snapshot.index.base.searchBatch(
                    queries, k: wanted(k, excluding: excluded), parameters: parameters,
                    threads: threads)
            let added =
                try delta?.searchBatch(
                    queries, k: deltaWanted(k), parameters: parameters, threads: threads)
                ?? nothing
            return zip(indexed, added).map { merged($0, $1, k: k, excluding: excluded) }
        }
    }

    /// How many rows the index is asked for, so that `k` remain without those that are hidden.
    private func wanted(_ k: Int, excluding excluded: UInt64?) -> Int {
        min(k + stale.count + (excluded == nil ? 0 : 1), max(1, snapshot.points.count))
    }

    private func deltaWanted(_ k: Int) -> Int {
        min(k + 1, max(1, deltaPoints.count))
    }

    /// The nearest points of what the index found and what was found beside it.
    func merged(
        _ indexed: [Neighbor], _ added: [Neighbor], k: Int, excluding excluded: UInt64?
    ) -> [PointDistance] {
        var found: [PointDistance] = []
        found.reserveCapacity(indexed.count + added.count)
        for neighbor in indexed {
            let point = snapshot.points[neighbor.row.position]
            guard point != excluded, !stale.contains(point) else { continue }
            found.append(PointDistance(point: point, distance: neighbor.distance))
        }
        for neighbor in added {
            let point = deltaPoints[neighbor.row.position]
            guard point != excluded else { continue }
            found.append(PointDistance(point: point, distance: neighbor.distance))
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
