import FeatureStorage
import JSON
import PayloadFilter
import VectorCore

/// Points that were found and have a value in common.
struct FoundGroup {
    let value: MatchedValue
    var points: [PointDistance]
}

extension Engine {
    /// For one query the `k` groups whose nearest points are nearest, and the nearest points of each.
    ///
    /// The nearest points are asked for in growing numbers until enough groups are full, or there are no
    /// more points.
    ///
    /// - Throws: ``ServiceError`` as a search does.
    func groups(
        _ query: FloatMatrix, _ task: SearchTask, _ grouping: SearchScope.Grouping,
        _ pinned: PinnedSearch
    ) throws(ServiceError) -> [FoundGroup] {
        let wanted = task.k
        var known: [UInt64: [MatchedValue]] = [:]
        var task = task
        task.k = max(64, 2 * min(wanted, 1 << 10) * min(grouping.size, 1 << 10))
        while true {
            let found = try pinned.searcher.searchBatch(query, task).first ?? []
            let unknown = found.filter { known[$0.point] == nil }
            let values = try read { transaction throws(StorageError) in
                try unknown.map { point throws(StorageError) in
                    try transaction.values(grouping.field, of: point.point, in: pinned.collection)
                }
            }
            for (point, values) in zip(unknown, values) { known[point.point] = values }
            let groups = Self.groups(found, known, wanted: wanted, size: grouping.size)
            let isFull =
                groups.count == wanted && groups.allSatisfy { $0.points.count == grouping.size }
            if isFull || found.count < task.k { return groups }
            task.k = min(task.k * 8, 1_000_000_000)
            // A walk that keeps most of a graph is slower than a scan.
            if task.isPlain, task.k > pinned.searcher.count / 8 {
                task.selection = .allBut(PointSet())
            }
        }
    }

    private static func groups(
        _ found: [PointDistance], _ values: [UInt64: [MatchedValue]], wanted: Int, size: Int
    ) -> [FoundGroup] {
        var groups: [FoundGroup] = []
        var places: [MatchedValue: Int] = [:]
        for point in found {
            for value in values[point.point] ?? [] {
                if let place = places[value] {
                    if groups[place].points.count < size { groups[place].points.append(point) }
                } else if groups.count < wanted {
                    places[value] = groups.count
                    groups.append(FoundGroup(value: value, points: [point]))
                }
            }
        }
        return groups
    }
}

extension ReadTransaction {
    /// The values that put a point into groups, each once, in the order of the payload.
    fileprivate func values(
        _ field: FieldPath, of point: UInt64, in collection: StoredCollection
    ) throws(StorageError) -> [MatchedValue] {
        let number = PointNumber(rawValue: point)
        guard let payload = try payload(of: number, in: collection) else { return [] }
        var values: [MatchedValue] = []
        field.forEachValue(in: payload) { value in
            for element in value.arrayValue ?? [value] {
                if let value = MatchedValue(element), !values.contains(value) {
                    values.append(value)
                }
            }
            return true
        }
        return values
    }
}
