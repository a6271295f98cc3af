import FeatureStorage
import HNSW
import IndexCatalog
import Locks
import MappedStorage
import VectorCore

/// What a search sees of one index: all that is there at one moment of the store.
///
/// A graph takes in what has changed since it was published. Beside the other kinds it is scanned.
final class IndexView: Sendable {
    /// Where the vectors are.
    enum Contents: Sendable {
        case built(BuiltView)
        /// A version of a graph, and the points of its rows.
        case graph(LiveGraph, HNSWIndex, RowIDs)
    }

    let contents: Contents
    /// The kind of the index.
    let kind: IndexKind
    /// The version of the graph, where what is searched is that and the store's vectors.
    private let version: HNSWIndex?
    /// What tells the file that the index was opened from.
    let checksum: UInt32?
    /// The change of the store that the file was published at.
    let published: UInt64
    /// The change of the store that the view is true for.
    let sequence: UInt64
    /// The rows that the last query with a filter or a bound was allowed.
    let lastAllowed = Lock<(selection: PointSelection?, rows: AllowedRows)?>(nil)

    /// Adds to a snapshot what the store has seen since it was published.
    ///
    /// - Parameters:
    ///   - snapshot: the snapshot.
    ///   - transaction: a view of the store.
    ///   - field: the field that is indexed.
    ///   - collection: its collection.
    ///   - store: where the vectors are read that the index does not keep.
    /// - Throws: ``StorageError`` where the log does not reach back, or the store cannot be read.
    init(
        _ snapshot: IndexSnapshot, _ transaction: borrowing ReadTransaction,
        _ field: VectorField, of collection: StoredCollection, in store: FeatureStore
    ) throws(StorageError) {
        kind = snapshot.index.kind
        checksum = snapshot.checksum
        published = snapshot.sequence
        sequence = try transaction.headSequence()
        if case .hnsw(let index) = snapshot.index {
            let graph = try LiveGraph(index, snapshot)
            // Nobody else has it yet, so it is not ahead of the transaction.
            guard let (now, ids) = try graph.version(transaction, field, of: collection) else {
                preconditionFailure("a graph that nobody else has is ahead of the store")
            }
            version = now
            let source = StoredRows(store, field, ids, sequence: sequence)
            contents = .graph(graph, now.searched(with: source), ids)
        } else {
            version = nil
            contents = .built(try BuiltView(snapshot, transaction, field, of: collection))
        }
    }

    private init(
        _ view: IndexView, _ contents: Contents, version: HNSWIndex? = nil, sequence: UInt64
    ) {
        self.contents = contents
        self.version = version
        kind = view.kind
        checksum = view.checksum
        published = view.published
        self.sequence = sequence
    }

    /// The view of a later moment, or this one where it is true still.
    ///
    /// - Returns: nil where a still later one has been made already; then a newer transaction helps.
    /// - Throws: as for a new view.
    func view(
        _ transaction: borrowing ReadTransaction, _ field: VectorField,
        of collection: StoredCollection, in store: FeatureStore
    ) throws(StorageError) -> IndexView? {
        let head = try transaction.headSequence()
        switch contents {
        case .built(let built):
            guard head != sequence else { return self }
            let now = try BuiltView(built.snapshot, transaction, field, of: collection)
            return IndexView(self, .built(now), sequence: head)
        case .graph(let graph, _, _):
            guard let (now, ids) = try graph.version(transaction, field, of: collection) else {
                return nil
            }
            guard head != sequence || now !== version else { return self }
            let source = StoredRows(store, field, ids, sequence: head)
            return IndexView(
                self, .graph(graph, now.searched(with: source), ids), version: now,
                sequence: head)
        }
    }

    /// What somebody who searches should know, in one sentence; nil where there is nothing.
    var warning: String? {
        guard case .graph(_, let index, _) = contents, !index.codesFit else { return nil }
        return
            "The vectors are unlike those that the index was built of, and its codes do not tell them "
            + "apart; answers are exact, and slow, until it has been built again (likeness index build)"
            + (index.keepsVectors ? "; a process that goes on does it by itself." : ".")
    }

    /// How many points a search can find.
    var count: Int {
        switch contents {
        case .built(let built): built.count
        case .graph(_, let index, _): index.count
        }
    }

    /// The `min(k, count)` nearest points, nearest first, ties by number.
    ///
    /// - Parameters:
    ///   - query: the field's dimension of numbers.
    ///   - excluded: a point that is left out, such as the one that asks.
    /// - Throws: ``IndexError`` as the index does.
    func search(
        _ query: Span<Float>, k: Int, parameters: SearchParameters, excluding excluded: UInt64?
    ) throws(IndexError) -> [PointDistance] {
        switch contents {
        case .built(let built):
            return try built.search(query, k: k, parameters: parameters, excluding: excluded)
        case .graph(_, let index, let ids):
            guard index.count > 0 else { return [] }
            let found = try index.search(
                query, k: min(index.count, k + (excluded == nil ? 0 : 1)), parameters: parameters)
            return points(found, ids, k: k, excluding: excluded)
        }
    }

    /// The answers to many queries, in their order; each as `search` gives it.
    ///
    /// - Throws: ``ServiceError`` as the index does, or where no setting reaches a recall.
    func searchBatch(
        _ queries: FloatMatrix, k: Int, _ effort: SearchEffort, excluding excluded: UInt64?,
        threads: Int?
    ) throws(ServiceError) -> [[PointDistance]] {
        let count = Engine.threads(threads)
        switch contents {
        case .built(let built):
            return try indexing { () throws(IndexError) in
                try built.searchBatch(queries, k: k, excluding: excluded, threads: count)
            }
        case .graph(_, let index, let ids):
            guard index.count > 0 else { return .init(repeating: [], count: queries.rows) }
            let parameters = try effort.parameters(of: index, k: k)
            return try indexing { () throws(IndexError) in
                try index.searchBatch(
                    queries, k: min(index.count, k + (excluded == nil ? 0 : 1)),
                    parameters: parameters, threads: count
                )
                .map { points($0, ids, k: k, excluding: excluded) }
            }
        }
    }

    /// The points of rows that a graph found.
    func points(
        _ found: [Neighbor], _ ids: RowIDs, k: Int, excluding excluded: UInt64?
    ) -> [PointDistance] {
        let points = found.lazy
            .map { PointDistance(point: ids[$0.row], distance: $0.distance) }
            .filter { $0.point != excluded }
        return Array(points.sorted().prefix(k))
    }
}

/// A point of the store and its distance from a query.
struct PointDistance: Comparable {
    let point: UInt64
    let distance: Float

    static func < (left: PointDistance, right: PointDistance) -> Bool {
        (left.distance, left.point) < (right.distance, right.point)
    }
}
