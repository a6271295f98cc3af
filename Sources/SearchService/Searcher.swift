import FeatureStorage
import Flat
import Foundation
import IndexCatalog
import MappedStorage
import VectorCore

/// What answers the queries of one request: an index's view, or the store's own vectors.
enum Searcher {
    case view(IndexView)
    case exact(FlatIndex, points: [UInt64])

    /// What people call it.
    var kind: String {
        switch self {
        case .view(let view): view.snapshot.index.kind.rawValue
        case .exact: "exact"
        }
    }

    /// The nearest points, nearest first, ties by number.
    ///
    /// - Throws: ``IndexError`` as the index does.
    func search(
        _ query: Span<Float>, k: Int, parameters: SearchParameters, excluding excluded: UInt64?
    ) throws(IndexError) -> [PointDistance] {
        switch self {
        case .view(let view):
            return try view.search(query, k: k, parameters: parameters, excluding: excluded)
        case .exact(let index, let points):
            guard index.count > 0 else { return [] }
            let found = try index.search(
                query, k: min(index.count, k + 1), parameters: parameters)
            let others = found.lazy
                .map { PointDistance(point: points[$0.row.position], distance: $0.distance) }
                .filter { $0.point != excluded }
            return Array(others.prefix(k))
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
        _ mode: SearchMode
    ) throws(ServiceError) -> (Searcher, warnings: [String]) {
        var warnings: [String] = []
        for kind in try Self.kinds(mode) {
            let entry = try read { transaction throws(StorageError) in
                try transaction.index(named: Self.indexName(kind, metric), of: field)
            }
            guard let entry else {
                if case .kind = mode {
                    throw ServiceError(
                        .notFound,
                        "The field “\(field.name)” has no \(kind.rawValue) index under \(metric); "
                            + "build it with: likeness index build \(collection.name) --vector "
                            + "\(field.name) --kind \(kind.rawValue) --metric \(metric)")
                }
                continue
            }
            do {
                return (.view(try view(entry, collection, field)), warnings)
            } catch {
                guard error.code == .damagedFile else { throw ServiceError(error) }
                setAside(entry)
                warnings.append(
                    "\(error.message) It was set aside, and the answer is exact.")
            }
        }
        return (try exactSearcher(collection, field, metric), warnings)
    }

    /// An exact scan of all vectors that a field holds now.
    func exactSearcher(
        _ collection: StoredCollection, _ field: VectorField, _ metric: DistanceMetric
    ) throws(ServiceError) -> Searcher {
        let vectors = try read { transaction throws(StorageError) in
            try FieldVectors(transaction, field, of: collection)
        }
        return try indexing { () throws(IndexError) in
            .exact(
                try FlatIndex.build(vectors.matrix, metric: metric), points: vectors.points)
        }
    }

    /// The kinds to try, best first.
    private static func kinds(_ mode: SearchMode) throws(ServiceError) -> [IndexKind] {
        switch mode {
        case .automatic: [.hnsw, .flat]
        case .exact: [.flat]
        case .kind(let name): [try kind(name)]
        }
    }

    /// The view of a published index, from memory where it is true still.
    private func view(
        _ entry: IndexEntry, _ collection: StoredCollection, _ field: VectorField
    ) throws(IndexError) -> IndexView {
        let open = views.view(of: entry.file)
        let snapshot =
            if let open {
                open.snapshot
            } else {
                try IndexSnapshot(opening: path(of: entry.file), environment: environment)
            }
        guard snapshot.index.base.dimension == field.dimension,
            snapshot.index.base.metric == entry.metric, snapshot.sequence == entry.sequence
        else {
            throw IndexError(
                .damagedFile,
                "\(path(of: entry.file)) is not the index that the catalogue names; build the index "
                    + "again.")
        }
        do {
            return try store.read { transaction throws(StorageError) in
                if let open, open.sequence == (try transaction.headSequence()) { return open }
                let view = try IndexView(snapshot, transaction, field, of: collection)
                views.keep(view, of: entry.file)
                return view
            }
        } catch {
            throw IndexError(.system, error.message)
        }
    }

    /// Renames a damaged file, so that it is neither used again nor lost to whoever looks into it.
    private func setAside(_ entry: IndexEntry) {
        let path = path(of: entry.file)
        guard FileManager.default.fileExists(atPath: path) else { return }
        try? FileManager.default.removeItem(atPath: "\(path).corrupt")
        try? FileManager.default.moveItem(atPath: path, toPath: "\(path).corrupt")
    }
}
