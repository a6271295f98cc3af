import Evaluation
import FeatureStorage
import Foundation
import IndexCatalog
package import IndexDefinitions
import MappedStorage
package import VectorCore

/// A catalogue entry with where it belongs.
struct CataloguedIndex {
    let entry: IndexEntry
    let collection: StoredCollection
    let field: VectorField
    /// The store's last change when the entry was read.
    let head: UInt64
}

extension Engine {
    /// The definition of a kind.
    ///
    /// - Throws: ``ServiceError`` with `invalidRequest` naming the kinds.
    package static func definition(of kind: IndexKind) throws(ServiceError) -> any IndexDefinition {
        try indexing { () throws(IndexError) in try IndexCatalog.definition(of: kind) }
    }

    /// The kind with a name.
    ///
    /// - Throws: ``ServiceError`` with `invalidRequest` naming the kinds.
    package static func kind(named name: String) throws(ServiceError) -> IndexKind {
        try indexing { () throws(IndexError) in try IndexCatalog.definition(named: name) }.kind
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

    func matching(
        _ collection: String, _ vector: String?, _ kind: IndexKind?, _ metric: DistanceMetric?
    ) throws(ServiceError) -> [CataloguedIndex] {
        if let vector { _ = try resolve(collection, vector) }
        if let kind { _ = try Self.definition(of: kind) }
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
            snapshot.index.metric == entry.metric, snapshot.sequence == entry.sequence,
            snapshot.index.dimension == field.dimension
        else {
            throw IndexError(
                .damagedFile,
                "\(path) is not the index that was published under this name; build the index again."
            )
        }
        return snapshot
    }

    /// What a catalogue entry says, and what its file does, which says nothing where it is unreadable.
    func summary(_ index: CataloguedIndex) -> IndexSummary {
        let file = try? IndexFileReader(path: path(of: index.entry.file))
        let points = file.flatMap { try? MeasuredRecall(reading: $0).table }
        return summary(
            index.entry, index.collection, index.field, count: file?.header.count ?? 0,
            head: index.head, operatingPoints: points)
    }

    func summary(
        _ entry: IndexEntry, _ collection: StoredCollection, _ field: VectorField, count: Int,
        head: UInt64, operatingPoints: RecallTable?
    ) -> IndexSummary {
        IndexSummary(
            collection: collection.name, vector: field.name, kind: entry.kind,
            metric: entry.metric, count: count, fileByteCount: Int(entry.bytes),
            buildSeconds: entry.buildSeconds, measuringSeconds: entry.measuringSeconds,
            parameters: entry.parameters, sequence: entry.sequence,
            changesSince: head - min(head, entry.sequence), path: path(of: entry.file),
            operatingPoints: operatingPoints)
    }

    /// Publishes a snapshot under a new name, and then names it in the catalogue, in one step.
    ///
    /// Whoever is cut off here leaves what was published before.
    ///
    /// - Parameters:
    ///   - previous: the file that it replaces.
    ///   - entry: what the catalogue says, of the file's name and what it turned out to be.
    /// - Precondition: `exclusive` is held.
    func publish(
        _ snapshot: IndexSnapshot, _ collection: StoredCollection, _ field: VectorField,
        replacing previous: String?, as entry: (String, PublishedFile) -> IndexEntry
    ) throws(ServiceError) -> IndexEntry {
        let file = Self.fileName(
            collection, field, snapshot.index.kind, snapshot.index.metric,
            snapshot.sequence, replacing: previous)
        try makeIndexFolder()
        try removeLeftoverFiles()
        let published = try indexing { () throws(IndexError) in
            try snapshot.publish(at: path(of: file))
        }
        let entry = entry(file, published)
        try write { transaction throws(StorageError) in
            try transaction.putIndex(entry, of: field)
        }
        try removeLeftoverFiles()
        return entry
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
            let suffixes = [".index", ".partial", ".index.tmp", ".index.corrupt"]
            guard suffixes.contains(where: file.hasSuffix) else {
                continue
            }
            try? FileManager.default.removeItem(atPath: path(of: file))
        }
    }
}
