import Evaluation
import FeatureStorage
import Foundation
import IndexCatalog
import IndexDefinitions
import Locks
import MappedStorage
public import VectorCore

extension Engine {
    /// Builds an index over a field and publishes it; searches use it from then on.
    ///
    /// Searches go on meanwhile. A build that is cut off leaves what was published before; it stops
    /// where the task that asked for it is cancelled.
    ///
    /// - Parameters:
    ///   - request: what to build.
    ///   - progress: told now and then.
    /// - Throws: ``ServiceError`` with `notFound`, `invalidRequest` where parameters are out of range
    ///   or a matrix does not fit, `noMemory` where building would take more than there is or than is
    ///   allowed, `cancelled`, `inputOutput` where the file cannot be written.
    public func buildIndex(
        _ request: IndexBuildRequest, progress: (@Sendable (WorkProgress) -> Void)? = nil
    ) throws(ServiceError) -> IndexSummary {
        let definition = try Self.definition(of: request.kind)
        let (collection, field) = try resolve(request.collection, request.vector)
        let metric = request.metric ?? field.metric
        let estimate = try estimate(request)
        // What is above a limit of its kind's own is refused for that, and says how many vectors there may be.
        if estimate.count <= definition.largestCount(request.parameters) { try estimate.check() }
        let vectors = try read { transaction throws(StorageError) in
            try FieldVectors(transaction, field, of: collection)
        }
        guard !vectors.points.isEmpty else {
            throw ServiceError(
                .invalidRequest,
                "The field “\(field.name)” of “\(collection.name)” holds no vectors to index yet.")
        }
        let clock = Stopwatch()
        var options = request.options
        options.progress = { done, total in
            progress?(clock.progress(done: done, total: total))
        }
        let index = try indexing { () throws(IndexError) in
            let index = try definition.build(vectors.matrix, metric: metric, options: options)
            guard !options.isCancelled() else { throw .buildCancelled }
            return index
        }
        let measuringSeconds = index.recall.table == nil ? 0 : index.recall.seconds
        let buildSeconds = clock.seconds - measuringSeconds
        let snapshot = IndexSnapshot(
            index: index, points: vectors.points, environment: environment,
            sequence: vectors.sequence)
        let parameters = index.summary
        let name = Self.indexName(index.kind, metric)
        let entry = try exclusive.withTurn { () throws(ServiceError) in
            let previous = try read { transaction throws(StorageError) in
                try transaction.index(named: name, of: field)
            }
            return try publish(snapshot, collection, field, replacing: previous?.file) {
                IndexEntry(
                    name: name, kind: index.kind.rawValue, file: $0, sequence: vectors.sequence,
                    metric: metric, parameters: parameters, checksum: $1.checksum,
                    bytes: UInt64($1.byteCount), buildSeconds: buildSeconds,
                    measuringSeconds: measuringSeconds)
            }
        }
        return summary(
            entry, collection, field, count: vectors.points.count, head: vectors.sequence,
            operatingPoints: index.recallTable)
    }

    /// The published indexes, of one collection or of all.
    ///
    /// - Throws: ``ServiceError`` with `notFound`.
    public func indexes(in collection: String? = nil) throws(ServiceError) -> [IndexSummary] {
        try entries(in: collection).map(summary)
    }

    /// Deletes published indexes and their files.
    ///
    /// - Parameters:
    ///   - collection: the collection.
    ///   - vector: the field; nil for all fields.
    ///   - kind: the kind; nil for all kinds.
    ///   - metric: the metric; nil for all metrics.
    /// - Returns: what was deleted.
    /// - Throws: ``ServiceError`` with `notFound` where there is no such index.
    public func deleteIndex(
        collection: String, vector: String? = nil, kind: IndexKind? = nil,
        metric: DistanceMetric? = nil
    ) throws(ServiceError) -> [IndexSummary] {
        let chosen = try matching(collection, vector, kind, metric)
        guard !chosen.isEmpty else {
            throw ServiceError(
                .notFound, "There is no such index on the collection “\(collection)”.")
        }
        let summaries = chosen.map(summary)
        let doomed = chosen.map { (name: $0.entry.name, field: $0.field) }
        try exclusive.withTurn { () throws(ServiceError) in
            try write { transaction throws(StorageError) in
                for index in doomed {
                    _ = try transaction.deleteIndex(named: index.name, of: index.field)
                }
            }
            try removeLeftoverFiles()
        }
        views.removeAll()
        return summaries
    }

    /// Reads every byte of published indexes and checks them.
    ///
    /// - Throws: ``ServiceError`` with `notFound`.
    /// - Complexity: O(bytes)
    public func verifyIndexes(
        in collection: String? = nil
    ) throws(ServiceError) -> [IndexVerification] {
        try entries(in: collection).map { entry in
            var fault: String?
            var count = 0
            var points: RecallTable?
            do throws(IndexError) {
                let snapshot = try snapshot(entry.entry, of: entry.field)
                (count, points) = (snapshot.points.count, snapshot.index.recallTable)
            } catch {
                fault = error.message
            }
            return IndexVerification(
                index: summary(
                    entry.entry, entry.collection, entry.field, count: count, head: entry.head,
                    operatingPoints: points),
                fault: fault)
        }
    }
}
