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
        let (searcher, warnings) = try searcher(collection, field, metric, mode)
        let found = try searcher.searchBatch(
            request.queries, k: request.k, request.effort, excluding: nil,
            threads: request.threads)
        let matches = try read { transaction throws(StorageError) in
            var matches: [[PointMatch]] = []
            matches.reserveCapacity(found.count)
            for neighbors in found {
                var row: [PointMatch] = []
                row.reserveCapacity(neighbors.count)
                for neighbor in neighbors {
                    let number = PointNumber(rawValue: neighbor.point)
                    // A point that was deleted after the search has no id any more.
                    guard let id = try transaction.id(of: number, in: collection) else { continue }
                    row.append(PointMatch(id: id, distance: neighbor.distance))
                }
                matches.append(row)
            }
            return matches
        }
        return VectorSearchResponse(
            vector: field.name, metric: metric, kind: searcher.kind, matches: matches,
            warnings: warnings)
    }
}
