import FeatureStorage
import HNSW
package import IndexCatalog
import Locks
import MappedStorage
import VectorCore

extension Engine {
    /// Measures with queries of the user's how well searches by a published graph find, and keeps that in its
    /// file; from then on searches that ask for a recall go by those queries alone.
    ///
    /// The graph is measured as the store is now, with what has changed since it was published. Searches go on
    /// meanwhile. What is cut off leaves the index as it was.
    ///
    /// - Throws: ``ServiceError`` with `notFound`; `unsupported` where the kind is exact; `invalidData` where queries have
    ///   another length or are not finite, or the index is damaged; `invalidRequest` where there are no queries, or the
    ///   vectors have changed so much that the index must be built again; `busy` where another index was
    ///   published meanwhile; `inputOutput`.
    /// - Complexity: O(queries · count · dimension / threads)
    public func tuneIndex(_ request: TuneRequest) throws(ServiceError) -> TuneReport {
        let kind = try Self.kind(request.kind)
        guard kind == .hnsw else { throw Self.nothingToTune(kind) }
        let (collection, field) = try resolve(request.collection, request.vector)
        let metric = request.metric ?? field.metric
        let queries = try tuningQueries(request.queries, field)
        let name = Self.indexName(kind, metric)
        let found = try read { transaction throws(StorageError) in
            try transaction.index(named: name, of: field)
        }
        guard let entry = found else { throw Self.missing(kind, collection, field, metric) }
        let snapshot = try indexing { () throws(IndexError) in
            try self.snapshot(entry, of: field)
        }
        let view = try read { transaction throws(StorageError) in
            try IndexView(snapshot, transaction, field, of: collection, in: store)
        }
        guard case .hnsw(let published) = snapshot.index,
            case .graph(let graph, let index, _) = view.contents
        else { preconditionFailure("an index of kind hnsw is no graph") }
        let clock = Stopwatch()
        let recall = try indexing { () throws(IndexError) in
            let threads = Self.threads(request.threads)
            return try graph.merged(threads: threads).reading(like: index)
                .measuringRecall(queries, threads: threads)
        }
        let seconds = clock.seconds
        let tuned = IndexSnapshot(
            index: .hnsw(published.with(recall)), points: snapshot.points,
            environment: environment, sequence: entry.sequence)
        let next = try exclusive.withTurn { () throws(ServiceError) in
            let present = try read { transaction throws(StorageError) in
                try transaction.index(named: name, of: field)
            }
            guard present == entry else {
                throw ServiceError(
                    .busy,
                    "Another index was published while this one was being measured; try again.")
            }
            return try publish(tuned, collection, field, replacing: entry.file) {
                var next = entry
                next.file = $0
                next.checksum = $1.checksum
                next.bytes = UInt64($1.byteCount)
                return next
            }
        }
        let head = try read { transaction throws(StorageError) in
            try transaction.headSequence()
        }
        return TuneReport(
            index: summary(
                next, collection, field, count: snapshot.points.count, head: head,
                operatingPoints: recall.table),
            seconds: seconds)
    }

    private func tuningQueries(
        _ queries: TuneRequest.Queries, _ field: VectorField
    ) throws(ServiceError) -> FloatMatrix {
        let matrix: FloatMatrix
        switch queries {
        case .file(let path):
            matrix = try Self.vectors(path, dimension: field.dimension)
        case .vectors(let vectors):
            matrix = vectors
            try indexing { () throws(IndexError) in
                try QueryCheck(dimension: field.dimension).validate(matrix, k: 1)
            }
        }
        guard matrix.rows > 0 else {
            throw ServiceError(.invalidRequest, "There are no queries to measure with; give some.")
        }
        return matrix
    }

    /// Why an index of a kind without settings is not tuned.
    package static func nothingToTune(_ kind: IndexKind) -> ServiceError {
        ServiceError(
            .unsupported,
            "An index of kind \(kind.rawValue) is exact, so there is nothing to tune; only hnsw can be tuned."
        )
    }

    /// What is said where an index is not there.
    static func missing(
        _ kind: IndexKind, _ collection: StoredCollection, _ field: VectorField,
        _ metric: DistanceMetric
    ) -> ServiceError {
        ServiceError(
            .notFound,
            "The field “\(field.name)” has no \(kind.rawValue) index under \(metric); build it with: "
                + "likeness index build \(collection.name) --vector \(field.name) --kind "
                + "\(kind.rawValue) --metric \(metric)")
    }
}
