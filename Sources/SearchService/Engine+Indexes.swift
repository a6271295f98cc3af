import FeatureStorage
import Foundation
import HNSW
import IndexCatalog
import MappedStorage
import Synchronization
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
        let kind = try Self.kind(request.kind)
        let (collection, field) = try resolve(request.collection, request.vector)
        let metric = request.metric ?? field.metric
        let estimate = try estimate(request)
        // A matrix above the limit of its own is refused for that.
        if kind != .matrix || estimate.memory.links <= request.matrixByteLimit {
            try estimate.check()
        }
        let vectors = try read { transaction throws(StorageError) in
            try FieldVectors(transaction, field, of: collection)
        }
        guard !vectors.points.isEmpty else {
            throw ServiceError(
                .invalidRequest,
                "The field “\(field.name)” of “\(collection.name)” holds no vectors to index yet.")
        }
        guard kind == .hnsw || request.vectors == .index else {
            throw ServiceError(
                .invalidRequest,
                "An index of kind \(kind.rawValue) keeps its vectors; only hnsw with codes can leave them "
                    + "in the store.")
        }
        let clock = Stopwatch()
        var options = request.options
        options.progress = { done, total in
            progress?(clock.progress(done: done, total: total))
        }
        let index = try indexing { () throws(IndexError) in
            let index = try AnyVectorIndex.build(
                kind, vectors.matrix, metric: metric, options: options)
            guard !options.isCancelled() else { throw .buildCancelled }
            return index
        }
        let buildSeconds = clock.seconds
        let snapshot = IndexSnapshot(
            index: index, points: vectors.points, environment: environment,
            sequence: vectors.sequence)
        let parameters = Self.parametersText(index)
        let name = Self.indexName(kind, metric)
        let entry = try exclusive.withLock { _ throws(ServiceError) in
            let previous = try read { transaction throws(StorageError) in
                try transaction.index(named: name, of: field)
            }
            let file = Self.fileName(
                collection, field, kind, metric, vectors.sequence, replacing: previous?.file)
            try makeIndexFolder()
            try removeLeftoverFiles()
            let published = try indexing { () throws(IndexError) in
                try snapshot.publish(at: path(of: file))
            }
            let entry = IndexEntry(
                name: name, kind: kind.rawValue, file: file, sequence: vectors.sequence,
                metric: metric, parameters: parameters, checksum: published.checksum,
                bytes: UInt64(published.byteCount), buildSeconds: buildSeconds)
            try write { transaction throws(StorageError) in
                try transaction.putIndex(entry, of: field)
            }
            try removeLeftoverFiles()
            return entry
        }
        return summary(
            entry, collection, field, count: vectors.points.count, head: vectors.sequence)
    }

    /// The published indexes, of one collection or of all.
    ///
    /// - Throws: ``ServiceError`` with `notFound`.
    public func indexes(in collection: String? = nil) throws(ServiceError) -> [IndexSummary] {
        try entries(in: collection).map(summary)
    }

    /// What a catalogue entry says, and how many vectors its file says it has; 0 where it is unreadable.
    private func summary(_ index: CataloguedIndex) -> IndexSummary {
        let header = try? IndexFileReader(path: path(of: index.entry.file)).header
        return summary(
            index.entry, index.collection, index.field, count: header?.count ?? 0,
            head: index.head)
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
        collection: String, vector: String? = nil, kind: String? = nil,
        metric: DistanceMetric? = nil
    ) throws(ServiceError) -> [IndexSummary] {
        let chosen = try matching(collection, vector, kind, metric)
        guard !chosen.isEmpty else {
            throw ServiceError(
                .notFound, "There is no such index on the collection “\(collection)”.")
        }
        let summaries = chosen.map(summary)
        let doomed = chosen.map { (name: $0.entry.name, field: $0.field) }
        try exclusive.withLock { _ throws(ServiceError) in
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
            do throws(IndexError) {
                count = try snapshot(entry.entry, of: entry.field).points.count
            } catch {
                fault = error.message
            }
            return IndexVerification(
                index: summary(
                    entry.entry, entry.collection, entry.field, count: count, head: entry.head),
                fault: fault)
        }
    }
}

/// A catalogue entry with where it belongs.
struct CataloguedIndex {
    let entry: IndexEntry
    let collection: StoredCollection
    let field: VectorField
    /// The store's last change when the entry was read.
    let head: UInt64
}

extension Engine {
    /// A kind by its name.
    ///
    /// - Throws: ``ServiceError`` with `invalidRequest` naming the kinds.
    static func kind(_ name: String) throws(ServiceError) -> IndexKind {
        guard let kind = IndexKind(rawValue: name) else {
            let known = IndexKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ServiceError(
                .invalidRequest, "“\(name)” is no kind of index; the kinds are \(known).")
        }
        return kind
    }

    /// Where an index file lies.
    func path(of file: String) -> String { "\(store.indexFolder)/\(file)" }

    /// The name of an index in its field's catalogue: one a kind and metric.
    static func indexName(_ kind: IndexKind, _ metric: DistanceMetric) -> String {
        "\(kind.rawValue).\(metric)"
    }

    /// The catalogue of one collection or of all.
    func entries(in collection: String?) throws(ServiceError) -> [CataloguedIndex] {
        try read { transaction throws(StorageError) in
            var found: [CataloguedIndex] = []
            let head = try transaction.headSequence()
            let collections =
                if let collection {
                    [try transaction.existingCollection(named: collection)]
                } else {
                    try transaction.collections()
                }
            for collection in collections {
                for field in try transaction.fields(of: collection) {
                    for entry in try transaction.indexes(of: field) {
                        found.append(
                            CataloguedIndex(
                                entry: entry, collection: collection, field: field, head: head))
                    }
                }
            }
            return found
        }
    }

    private func matching(
        _ collection: String, _ vector: String?, _ kind: String?, _ metric: DistanceMetric?
    ) throws(ServiceError) -> [CataloguedIndex] {
        if let vector { _ = try resolve(collection, vector) }
        let kind = try kind.map { (name) throws(ServiceError) in try Self.kind(name) }
        return try entries(in: collection).filter {
            (vector == nil || $0.field.name == vector)
                && (kind == nil || $0.entry.kind == kind?.rawValue)
                && (metric == nil || $0.entry.metric == metric)
        }
    }

    /// The name of a new index file, never that of the file which it replaces: that one is in use
    /// until the catalogue names the new one.
    private static func fileName(
        _ collection: StoredCollection, _ field: VectorField, _ kind: IndexKind,
        _ metric: DistanceMetric, _ sequence: UInt64, replacing previous: String?
    ) -> String {
        let name = metric.description.replacingOccurrences(of: ":", with: "-")
        let stem = "c\(collection.id)-f\(field.id)-\(kind.rawValue)-\(name)-s\(sequence)"
        return previous == "\(stem)-a.index" ? "\(stem)-b.index" : "\(stem)-a.index"
    }

    /// Opens the file of a catalogue entry and checks that it is the one that was published.
    ///
    /// - Throws: ``IndexError`` with `damagedFile` or `system`.
    func snapshot(_ entry: IndexEntry, of field: VectorField) throws(IndexError) -> IndexSnapshot {
        try Self.snapshot(entry, of: field, at: path(of: entry.file), environment)
    }

    /// Opens an index file and checks that it is the one that a catalogue entry means.
    ///
    /// - Throws: ``IndexError`` with `damagedFile` or `system`.
    static func snapshot(
        _ entry: IndexEntry, of field: VectorField, at path: String, _ environment: EnvironmentID
    ) throws(IndexError) -> IndexSnapshot {
        let snapshot = try IndexSnapshot(opening: path, environment: environment)
        guard snapshot.checksum == entry.checksum, snapshot.index.kind.rawValue == entry.kind,
            snapshot.index.base.metric == entry.metric, snapshot.sequence == entry.sequence,
            snapshot.index.base.dimension == field.dimension
        else {
            throw IndexError(
                .damagedFile,
                "\(path) is not the index that was published under this name; build the index again."
            )
        }
        return snapshot
    }

    private static func parametersText(_ index: AnyVectorIndex) -> String {
        switch index {
        case .flat, .matrix:
            ""
        case .hnsw(let index):
            "m \(index.parameters.m), efConstruction \(index.parameters.efConstruction), "
                + "efSearch \(index.parameters.efSearch), seed \(index.parameters.seed), "
                + "codes \(index.codesKind.rawValue)"
                + (index.keepsVectors ? "" : ", vectors store")
        }
    }

    private func summary(
        _ entry: IndexEntry, _ collection: StoredCollection, _ field: VectorField, count: Int,
        head: UInt64
    ) -> IndexSummary {
        IndexSummary(
            collection: collection.name, vector: field.name, kind: entry.kind,
            metric: entry.metric, count: count, fileByteCount: Int(entry.bytes),
            buildSeconds: entry.buildSeconds, parameters: entry.parameters,
            sequence: entry.sequence, changesSince: head - min(head, entry.sequence),
            path: path(of: entry.file))
    }

    private func makeIndexFolder() throws(ServiceError) {
        do {
            try store.makeIndexFolder()
        } catch {
            throw ServiceError(error)
        }
    }

    /// Removes what the catalogue does not name: replaced snapshots, what a killed build left, and
    /// damaged files that were set aside.
    func removeLeftoverFiles() throws(ServiceError) {
        let named = try read { transaction throws(StorageError) in try transaction.indexFiles() }
        let files = (try? FileManager.default.contentsOfDirectory(atPath: store.indexFolder)) ?? []
        for file in files where !named.contains(file) {
            guard [".index", ".index.tmp", ".index.corrupt"].contains(where: file.hasSuffix) else {
                continue
            }
            try? FileManager.default.removeItem(atPath: path(of: file))
        }
    }
}
