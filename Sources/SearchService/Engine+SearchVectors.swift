import FeatureStorage
import PayloadFilter
import VectorCore

extension Engine {
    /// Finds the nearest points of many vectors from memory, on several threads.
    ///
    /// An index that is damaged is set aside under a name that ends in `.corrupt`, and the answer is
    /// exact; a warning says so.
    ///
    /// - Throws: ``ServiceError`` with `notFound`; `invalidRequest`, also where no setting reaches the
    ///   recall that was asked for; `invalidData` where queries have another length or are not finite;
    ///   `busy` where what is found is changed again and again before it can be named.
    public func search(
        _ request: VectorSearchRequest
    ) throws(ServiceError) -> VectorSearchResponse {
        try Self.validate(k: request.k)
        try request.scope.validate()
        let (collection, field) = try resolve(request.collection, request.vector)
        // Before anything is opened, and where nothing is stored too.
        try indexing { () throws(IndexError) in
            try QueryCheck(dimension: field.dimension).validate(request.queries, k: request.k)
        }
        let metric = request.metric ?? field.metric
        let mode = request.effort == .exact ? .exact : request.mode
        return try searching { () throws(ServiceError) in
            let pinned = try self.pinned(collection, field, metric, mode, request.scope.filter)
            let task = SearchTask(
                k: request.k, effort: request.effort, within: request.scope.within,
                selection: pinned.selection, threads: request.threads)
            let found = try self.found(request.queries, task, request.scope, pinned)
            let named = try read { transaction throws(StorageError) in
                try transaction.named(found, in: collection)
            }
            // Where a point was deleted meanwhile, the answer is one of the store without it.
            guard let named else { throw ServiceError(StoredRows.outdated) }
            return VectorSearchResponse(
                vector: field.name, metric: metric, kind: pinned.searcher.kind,
                matches: named.matches, groups: named.groups,
                warnings: pinned.warnings)
        }
    }
}

extension ReadTransaction {
    /// What was found with the ids of points, or nil where one of them is not there any more.
    fileprivate func named(
        _ found: Engine.Found, in collection: StoredCollection
    ) throws(StorageError) -> (matches: [[PointMatch]], groups: [[PointGroup]]?)? {
        switch found {
        case .points(let points):
            guard let matches = try matches(points, in: collection) else { return nil }
            return (matches, nil)
        case .groups(let found):
            var groups: [[PointGroup]] = []
            for row in found {
                guard let matches = try matches(row.map(\.points), in: collection) else {
                    return nil
                }
                groups.append(
                    zip(row, matches).map { PointGroup(value: $0.value.json, matches: $1) })
            }
            return (.init(repeating: [], count: found.count), groups)
        }
    }

    /// The ids of points that were found, or nil where one of them is not there any more.
    fileprivate func matches(
        _ found: [[PointDistance]], in collection: StoredCollection
    ) throws(StorageError) -> [[PointMatch]]? {
        var matches: [[PointMatch]] = []
        matches.reserveCapacity(found.count)
        for neighbors in found {
            var row: [PointMatch] = []
            row.reserveCapacity(neighbors.count)
            for neighbor in neighbors {
                let number = PointNumber(rawValue: neighbor.point)
                guard let id = try id(of: number, in: collection) else { return nil }
                row.append(PointMatch(id: id, distance: neighbor.distance))
            }
            matches.append(row)
        }
        return matches
    }
}
