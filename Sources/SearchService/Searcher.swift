import FeatureStorage
import Foundation
import IndexCatalog
import IndexDefinitions
import MappedStorage
import PayloadFilter
import VectorCore

/// What answers the queries of one request: an index's view, or a scan of the store's own vectors.
struct Searcher {
    /// What is searched, and the points of its rows.
    let version: IndexVersion
    /// The view that the version is of; nil where the store's own vectors are scanned.
    let view: IndexView?

    /// What people call it.
    var kind: String { view?.kind.rawValue ?? "exact" }
    /// How many points it knows.
    var count: Int { version.count }

    /// Searches the version of a view.
    init(_ view: IndexView) {
        self.view = view
        version = view.searched
    }

    /// Scans vectors.
    init(_ vectors: FieldVectors, metric: DistanceMetric) throws(IndexError) {
        view = nil
        version = IndexVersion(
            try ScannedVectors(checking: vectors.matrix, metric: metric),
            ids: try RowIDs(vectors.points))
    }

    /// The answers to many queries, in their order: for each the `min(k, matches)` nearest of the points that
    /// the task allows, nearest first, ties among those found by number.
    ///
    /// - Throws: ``ServiceError`` as the index does, or where no setting reaches a recall.
    func searchBatch(
        _ queries: FloatMatrix, _ task: SearchTask
    ) throws(ServiceError) -> [[PointDistance]] {
        let index = version.index
        guard index.count > 0 else { return .init(repeating: [], count: queries.rows) }
        // The point that is left out may be found, and does not count; finding its row would take longer.
        let asked = task.k + (task.excluded == nil ? 0 : 1)
        var limits = SearchLimits(
            k: min(index.count, asked), within: task.within, threads: Engine.threads(task.threads))
        limits.effort = try task.effort.resolved(for: index, k: task.k)
        // A scan has read only the vectors that the filter lets through.
        limits.allowed = view?.allowedRows(task.selection)
        var answers = Answers()
        do throws(IndexError) {
            try index.search(Queries(queries), limits, into: &answers)
        } catch {
            throw ServiceError(error)
        }
        return (0..<answers.count).map { query in
            let points = answers[query].lazy
                .map { PointDistance(point: version.ids[$0.row], distance: $0.distance) }
                .filter { $0.point != task.excluded }
            return Array(points.sorted().prefix(task.k))
        }
    }
}

extension Engine {
    /// Chooses and opens what answers a request.
    ///
    /// - Returns: it, and what went wrong on the way without keeping the answer from being right.
    /// - Throws: ``ServiceError`` with `notFound` where the kind that was asked for is not built.
    func searcher(
        _ collection: StoredCollection, _ field: VectorField, _ metric: DistanceMetric,
        _ mode: SearchMode, filter: PayloadFilter? = nil
    ) throws(ServiceError) -> (Searcher, warnings: [String]) {
        var warnings: [String] = []
        for kind in try Self.kinds(mode) {
            let entry = try read { transaction throws(StorageError) in
                try transaction.index(named: Self.indexName(kind, metric), of: field)
            }
            guard let entry else {
                if case .kind = mode {
                    throw Self.missing(kind, collection, field, metric)
                }
                continue
            }
            switch try view(entry, collection, field) {
            case .view(let view):
                if let warning = view.warning { warnings.append(warning) }
                return (Searcher(view), warnings)
            case .damaged(let reason):
                setAside(entry)
                warnings.append("\(reason) It was set aside, and the answer is exact.")
            case .unreadable(let reason):
                warnings.append("\(reason) The answer is exact.")
            }
        }
        return (try exactSearcher(collection, field, metric, filter: filter), warnings)
    }

    /// An exact scan of all vectors that a field holds now, or of those that a filter lets through.
    func exactSearcher(
        _ collection: StoredCollection, _ field: VectorField, _ metric: DistanceMetric,
        filter: PayloadFilter? = nil
    ) throws(ServiceError) -> Searcher {
        let vectors = try read { transaction throws(StorageError) in
            guard let filter else { return try FieldVectors(transaction, field, of: collection) }
            let selection = try filters.points(matching: filter, in: collection, transaction)
            let numbers =
                if case .only(let set) = selection {
                    set.numbers
                } else {
                    try transaction.numbersWithVector(of: field).filter(selection.contains)
                }
            return try FieldVectors(
                transaction, field, of: collection, only: numbers.map(\.rawValue))
        }
        return try indexing { () throws(IndexError) in
            try Searcher(vectors, metric: metric)
        }
    }

    /// The kinds to try, best first.
    private static func kinds(_ mode: SearchMode) throws(ServiceError) -> [IndexKind] {
        let all = IndexCatalog.definitions.filter(\.answersUnasked)
        switch mode {
        case .automatic: return all.map(\.kind)
        case .exact: return all.filter(\.isExact).map(\.kind)
        case .kind(let kind): return [try definition(of: kind).kind]
        }
    }

    private enum OpenedIndex: Sendable {
        case view(IndexView)
        /// The file cannot be used; why, in one sentence.
        case damaged(String)
        /// The file cannot be read, and may be another time; why, in one sentence.
        case unreadable(String)
    }

    /// The view of a published index, from memory where it is true still.
    private func view(
        _ entry: IndexEntry, _ collection: StoredCollection, _ field: VectorField
    ) throws(ServiceError) -> OpenedIndex {
        try views.withView(of: "\(field.id) \(entry.name)") { open throws(ServiceError) in
            var entry = entry
            while true {
                if let open, open.checksum == entry.checksum, open.published == entry.sequence {
                    let view = try read { transaction throws(StorageError) in
                        try open.view(transaction, field, of: collection, in: store)
                    }
                    guard let view else { continue }
                    return (.view(view), view)
                }
                let snapshot: IndexSnapshot
                do throws(IndexError) {
                    snapshot = try self.snapshot(entry, of: field)
                } catch {
                    guard error.code == .damagedFile else {
                        return (.unreadable(error.message), nil)
                    }
                    // Another process may have published a newer file and removed this one.
                    let name = entry.name
                    let newer = try read { transaction throws(StorageError) in
                        try transaction.index(named: name, of: field)
                    }
                    guard let newer, newer.file != entry.file else {
                        return (.damaged(error.message), nil)
                    }
                    entry = newer
                    continue
                }
                let view = try read { transaction throws(StorageError) in
                    try IndexView(snapshot, transaction, field, of: collection, in: store)
                }
                return (.view(view), view)
            }
        }
    }

    /// Renames a damaged file, so that it is not read again; whoever wonders what happened to it can
    /// look into it until the next index is built.
    private func setAside(_ entry: IndexEntry) {
        let path = path(of: entry.file)
        guard FileManager.default.fileExists(atPath: path) else { return }
        try? FileManager.default.removeItem(atPath: "\(path).corrupt")
        try? FileManager.default.moveItem(atPath: path, toPath: "\(path).corrupt")
    }
}
