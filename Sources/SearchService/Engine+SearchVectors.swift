import FeatureStorage
import VectorCore

extension Engine {
    /// Finds the nearest points of many vectors from memory, on several threads.
    ///
    /// An index that is damaged is set aside under a name that ends in `.corrupt`, and the answer is
    /// exact; a warning says so.
    ///
    /// - Throws: ``ServiceError`` with `notFound`; `invalidRequest`, also where no setting reaches the
    ///   recall that was asked for; `invalidData` where queries have another length or are not finite.
    public func search(
        _ request: VectorSearchRequest
    ) throws(ServiceError) -> VectorSearchResponse {
        try Self.validate(k: request.k)
        let (collection, field) = try resolve(request.collection, request.vector)
        // Before anything is opened, and where nothing is stored too.
        try indexing { () throws(IndexError) in
            try QueryCheck(dimension: field.dimension).validate(request.queries, k: request.k)
        }
        let metric = request.metric ?? field.metric
        let mode = request.effort == .exact ? .exact : request.mode
        var warnings: [String] = []
        while true {
            let (searcher, found) = try searcher(collection, field, metric, mode)
            warnings += found
            let neighbors = try searcher.searchBatch(
                request.queries, k: request.k, request.effort, excluding: nil,
                threads: request.threads)
            let matches = try read { transaction throws(StorageError) in
                try transaction.matches(neighbors, in: collection)
            }
            // Where a point was deleted meanwhile, the answer is one of the store without it.
            guard let matches else { continue }
            return VectorSearchResponse(
                vector: field.name, metric: metric, kind: searcher.kind, matches: matches,
                warnings: warnings)
        }
    }
}

extension ReadTransaction {
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
