import FeatureStorage
import HNSW
import IndexCatalog
import Locks
import MappedStorage
import VectorCore

extension IndexView {
    /// The rows of the index and of what is beside it that an answer may have.
    struct AllowedRows: Sendable {
        var indexed: RowSet
        var added: RowSet
    }

    /// Answers many queries from the points that a task allows, up to the distance that it allows.
    ///
    /// - Throws: ``ServiceError`` as the index does.
    func searchBatch(
        _ queries: FloatMatrix, _ task: SearchTask
    ) throws(ServiceError) -> [[PointDistance]] {
        let allowed = allowedRows(task)
        let threads = Engine.threads(task.threads)
        let nothing = [[Neighbor]](repeating: [], count: queries.rows)
        switch contents {
        case .built(let built):
            return try indexing { () throws(IndexError) in
                let indexed =
                    allowed.indexed.isEmpty
                    ? nothing
                    : try built.snapshot.index.searchBatch(
                        queries, task, nil, among: allowed.indexed, threads)
                var added = nothing
                if let delta = built.delta, !allowed.added.isEmpty {
                    added = try AnyVectorIndex.flat(delta)
                        .searchBatch(queries, task, nil, among: allowed.added, threads)
                }
                return zip(indexed, added).map {
                    built.merged($0, $1, k: task.k, excluding: task.excluded)
                }
            }
        case .graph(_, let index, let ids):
            let wanted = task.k
            let parameters =
                task.effort == .exact
                ? nil
                : try task.effort.parameters(of: index, k: task.k)
            return try indexing { () throws(IndexError) in
                var task = task
                // The point that is left out may be found, and does not count.
                if task.excluded != nil { task.k += 1 }
                let found =
                    allowed.indexed.isEmpty
                    ? nothing
                    : try AnyVectorIndex.hnsw(index).searchBatch(
                        queries, task, parameters, among: allowed.indexed, threads)
                return found.map { points($0, ids, k: wanted, excluding: task.excluded) }
            }
        }
    }

    /// The rows that a task allows, without those that have been changed or deleted since the index was built.
    func allowedRows(_ task: SearchTask) -> AllowedRows {
        var allowed = allowedRows(task.selection)
        guard let excluded = task.excluded else { return allowed }
        switch contents {
        case .built(let built):
            if let row = built.snapshot.row(of: excluded) { allowed.indexed.remove(UInt32(row)) }
            if let row = built.deltaPoints.firstIndex(of: excluded) {
                allowed.added.remove(UInt32(row))
            }
        case .graph:
            // Finding its row would take longer than finding it once too often.
            break
        }
        return allowed
    }

    /// The rows of a selection, which are kept for the next query with the same one.
    private func allowedRows(_ selection: PointSelection?) -> AllowedRows {
        let known = lastAllowed.withLock { $0 }
        if let known, known.selection == selection { return known.rows }
        let made =
            switch contents {
            case .built(let built): Self.allowedRows(built, selection)
            case .graph(_, let index, let ids): Self.allowedRows(index, ids, selection)
            }
        lastAllowed.withLock { $0 = (selection, made) }
        return made
    }

    private static func allowedRows(
        _ built: BuiltView, _ selection: PointSelection?
    ) -> AllowedRows {
        var allowed = AllowedRows(
            indexed: rows(of: built.snapshot.points, in: selection),
            added: rows(of: built.deltaPoints, in: selection))
        for point in built.stale {
            if let row = built.snapshot.row(of: point) { allowed.indexed.remove(UInt32(row)) }
        }
        return allowed
    }

    /// The rows of a graph whose points are selected; they are in no order.
    private static func allowedRows(
        _ index: HNSWIndex, _ ids: RowIDs, _ selection: PointSelection?
    ) -> AllowedRows {
        var rows = index.shown
        if let selection {
            rows = RowSet(
                of: rows.rows.lazy.filter { selection.contains(PointNumber(rawValue: ids[$0])) })
        }
        return AllowedRows(indexed: rows, added: RowSet())
    }

    /// The rows whose points are selected.
    ///
    /// - Parameter points: the number of every row, ascending.
    /// - Complexity: O(rows), or O(selected · log rows) where few are selected
    static func rows(of points: [UInt64], in selection: PointSelection?) -> RowSet {
        switch selection {
        case nil: return RowSet(all: points.count)
        case .only(let set): return rows(of: points, in: set)
        case .allBut(let set):
            var rows = RowSet(all: points.count)
            rows.subtract(self.rows(of: points, in: set))
            return rows
        }
    }

    private static func rows(of points: [UInt64], in set: PointSet) -> RowSet {
        var rows = RowSet()
        var start = 0
        let isSparse = set.count < points.count / 32
        set.forEach { number in
            let wanted = number.rawValue
            if isSparse {
                var high = points.count
                while start < high {
                    let middle = (start + high) / 2
                    if points[middle] < wanted { start = middle + 1 } else { high = middle }
                }
            } else {
                while start < points.count, points[start] < wanted { start += 1 }
            }
            if start < points.count, points[start] == wanted { rows.insert(UInt32(start)) }
            return start < points.count
        }
        return rows
    }
}

extension AnyVectorIndex {
    /// The nearest of some rows, up to the distance that a task allows.
    func searchBatch(
        _ queries: FloatMatrix, _ task: SearchTask, _ parameters: SearchParameters?,
        among rows: RowSet, _ threads: Int
    ) throws(IndexError) -> [[Neighbor]] {
        let k = min(task.k, max(1, rows.count))
        guard let within = task.within else {
            return try searchBatch(
                queries, k: k, parameters: parameters, among: rows, threads: threads)
        }
        return try searchBatch(queries, k: k, within: within, among: rows, threads: threads)
    }
}
