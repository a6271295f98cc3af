import FeatureStorage
import VectorCore

/// The results of one search, page after page: every point exactly once, as the store was when the pages
/// were begun.
///
/// ```swift
/// var pages = try engine.pages(of: VectorSearchRequest(collection: "pictures", queries: query))
/// while let page = try pages.next(100) { show(page) }
/// ```
///
/// A graph search that looks harder for a later page may find a point that is nearer than those of an
/// earlier one; it comes then. Points that have been deleted since are left out. Where the index reads vectors
/// from the store, and one that is wanted has changed since, the pages from then on are as the store is then.
public struct SearchPages: Sendable {
    private let engine: Engine
    private var pinned: PinnedSearch
    private let request: VectorSearchRequest
    private var task: SearchTask
    private var given: Set<UInt64> = []
    private var isAtEnd = false

    init(_ engine: Engine, _ pinned: PinnedSearch, _ request: VectorSearchRequest) {
        self.engine = engine
        self.pinned = pinned
        self.request = request
        task = SearchTask(
            k: 1, effort: request.effort, within: request.scope.within,
            selection: pinned.selection, threads: request.threads)
    }

    /// The next results, nearest first, or nil where there are no more.
    ///
    /// - Parameter count: how many, at least 1; fewer are there only at the end.
    /// - Throws: ``ServiceError`` with `invalidRequest` where `count` is out of range, and as a search does.
    /// - Complexity: that of a search for as many as have been given and `count` more
    public mutating func next(_ count: Int) throws(ServiceError) -> [PointMatch]? {
        try Engine.validate(k: count)
        var page: [PointMatch] = []
        while page.count < count, !isAtEnd {
            let wanted = count - page.count
            task.k = given.count + wanted
            let found = try search()
            isAtEnd = found.count < task.k
            let new = found.filter { !given.contains($0.point) }.prefix(wanted)
            let collection = pinned.collection
            page += try engine.read { transaction throws(StorageError) in
                var matches: [PointMatch] = []
                for point in new {
                    let number = PointNumber(rawValue: point.point)
                    guard let id = try transaction.id(of: number, in: collection) else { continue }
                    matches.append(PointMatch(id: id, distance: point.distance))
                }
                return matches
            }
            for point in new { given.insert(point.point) }
        }
        return page.isEmpty ? nil : page
    }

    private mutating func search() throws(ServiceError) -> [PointDistance] {
        var isFirst = true
        return try engine.searching { () throws(ServiceError) in
            if !isFirst {
                pinned = try engine.pinned(
                    pinned.collection, pinned.field, pinned.metric, request.mode,
                    request.scope.filter)
                task.selection = pinned.selection
            }
            isFirst = false
            return try pinned.searcher.searchBatch(request.queries, task).first ?? []
        }
    }
}

extension Engine {
    /// Begins to give all results of a search for one vector, as many at a time as are asked for then.
    ///
    /// The request's `k` does not matter, and its scope must not have groups.
    ///
    /// - Throws: ``ServiceError`` as ``search(_:)-(VectorSearchRequest)`` does, and with `invalidRequest`
    ///   where there is not one query.
    public func pages(of request: VectorSearchRequest) throws(ServiceError) -> SearchPages {
        try request.scope.validate()
        guard request.queries.rows == 1, request.scope.grouping == nil else {
            throw ServiceError(
                .invalidRequest,
                request.scope.grouping == nil
                    ? "Pages are those of one query, and there are \(request.queries.rows)."
                    : "Groups have no pages; ask for more groups.")
        }
        let (collection, field) = try resolve(request.collection, request.vector)
        try indexing { () throws(IndexError) in
            try QueryCheck(dimension: field.dimension).validate(request.queries, k: 1)
        }
        let mode = request.effort == .exact ? .exact : request.mode
        let pinned = try pinned(
            collection, field, request.metric ?? field.metric, mode, request.scope.filter)
        var pages = SearchPages(self, pinned, request)
        if request.scope.offset > 0 { _ = try pages.next(request.scope.offset) }
        return pages
    }
}
