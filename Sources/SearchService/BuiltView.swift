import FeatureStorage
import Flat
import IndexCatalog
import VectorCore

/// A published index that is searched as it is, and exactly what has changed since.
final class BuiltView: Sendable {
    let snapshot: IndexSnapshot
    /// Points of the snapshot that have been changed or deleted since.
    let stale: Set<UInt64>
    /// The present vectors of points that were added or changed since.
    let delta: FlatIndex?
    let deltaPoints: [UInt64]

    /// Reads what the store has seen since a snapshot was built.
    ///
    /// - Throws: ``StorageError`` where the log does not reach back, or the store cannot be read.
    init(
        _ snapshot: IndexSnapshot, _ transaction: borrowing ReadTransaction,
        _ field: VectorField, of collection: StoredCollection
    ) throws(StorageError) {
        self.snapshot = snapshot
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

    /// The nearest points, as ``IndexView/search(_:k:parameters:excluding:)`` has them.
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

    /// The answers to many queries, in their order.
    func searchBatch(
        _ queries: FloatMatrix, k: Int, excluding excluded: UInt64?, threads: Int
    ) throws(IndexError) -> [[PointDistance]] {
        let parameters = SearchParameters()
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
