import Evaluation
import FeatureStorage
import IndexCatalog
import IndexDefinitions
import Locks
import MappedStorage
package import VectorCore

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
        let kind = request.kind
        try Self.requireTunable(kind)
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
        let clock = Stopwatch()
        let recall = try indexing { () throws(IndexError) in
            try view.followed.measuringRecall(queries, threads: Self.threads(request.threads)) {
                StoredRows(store, field, $0, sequence: view.sequence)
            }
        }
        let seconds = clock.seconds
        let tuned = IndexSnapshot(
            index: snapshot.index.with(recall), points: snapshot.points,
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

    /// Refuses to tune an index of a kind without settings.
    ///
    /// - Throws: ``ServiceError`` with `unsupported`.
    package static func requireTunable(_ kind: IndexKind) throws(ServiceError) {
        guard try definition(of: kind).isExact else { return }
        let others = IndexCatalog.definitions.filter { !$0.isExact }.map(\.kind.rawValue)
        throw ServiceError(
            .unsupported,
            "An index of kind \(kind) is exact, so there is nothing to tune; these can be tuned: "
                + "\(others.joined(separator: ", ")).")
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
