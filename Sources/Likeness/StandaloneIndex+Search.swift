import IndexDefinitions
package import MappedStorage
public import SearchService
public import VectorCore

/// A vector that a search found: its id, and how far it is from the query.
public struct IndexMatch: Hashable, Sendable, BitwiseCopyable {
    /// The vector's id.
    public let id: UInt64
    /// The distance in the index's metric; smaller is nearer.
    public let distance: Float

    /// Pairs an id with a distance.
    public init(id: UInt64, distance: Float) {
        self.id = id
        self.distance = distance
    }
}

extension StandaloneIndex {
    /// Returns the `min(k, count)` nearest vectors, nearest first, ties in the order in which the
    /// vectors were given.
    ///
    /// - Parameters:
    ///   - query: `dimension` finite numbers.
    ///   - k: how many, at least 1.
    ///   - effort: how hard to look.
    /// - Throws: ``ServiceError`` with `invalidData` where the query has another length or is not
    ///   finite, `invalidRequest` where `k` or `effort` is out of range, or no setting reaches the
    ///   recall that was asked for.
    /// - Complexity: that of the kind
    public func search(
        _ query: Span<Float>, k: Int, effort: SearchEffort = .usual
    ) throws(ServiceError) -> [IndexMatch] {
        var answers = Answers()
        let ids = try search(Queries(query), k: k, effort: effort, into: &answers)
        return answers.neighbors.map { IndexMatch(id: ids[$0.row], distance: $0.distance) }
    }

    /// Returns the nearest vectors of a query in an array, as ``search(_:k:effort:)`` does.
    public func search(
        _ query: [Float], k: Int, effort: SearchEffort = .usual
    ) throws(ServiceError) -> [IndexMatch] {
        try search(query.span, k: k, effort: effort)
    }

    /// Answers many queries, from all vectors or from some: for each the nearest of them, as many as there are, up
    /// to `k` and not farther than `within`; one list a query, in their order.
    ///
    /// With `within` answers are exact. Among some vectors a graph is walked or they are scanned, whichever is
    /// predicted to cost less.
    ///
    /// - Parameters:
    ///   - queries: shape (queries, dimension), finite.
    ///   - k: how many results a query at most, at least 1.
    ///   - effort: how hard to look.
    ///   - allowed: which vectors may be found; nil for all.
    ///   - within: the largest distance that a result has; nil for any.
    ///   - threads: how many threads work; nil for all cores.
    /// - Throws: ``ServiceError`` as for one query; `invalidRequest` too where `within` is NaN, or a mask has
    ///   another length than the index.
    /// - Complexity: that of the kind, and O(count) for `allowed`
    public func searchBatch(
        _ queries: FloatMatrix, k: Int, effort: SearchEffort = .usual,
        among allowed: AllowedVectors? = nil, within: Float? = nil, threads: Int? = nil
    ) throws(ServiceError) -> [[IndexMatch]] {
        var answers = Answers()
        let ids = try search(
            Queries(queries), k: k, effort: effort, among: allowed, within: within,
            threads: threads, into: &answers)
        return (0..<answers.count).map { query in
            answers[query].map { IndexMatch(id: ids[$0.row], distance: $0.distance) }
        }
    }

    /// Appends the rows that queries find.
    ///
    /// - Returns: the ids of all rows of the version that was searched.
    package func search(
        _ queries: borrowing Queries, k: Int, effort: SearchEffort,
        among allowed: AllowedVectors? = nil, within: Float? = nil, threads: Int? = 1,
        into answers: inout Answers
    ) throws(ServiceError) -> RowIDs {
        if let within, within.isNaN {
            throw ServiceError(.invalidRequest, "A distance cannot be NaN; give a number.")
        }
        let version = self.version
        var limits = SearchLimits(k: k, within: within, threads: Engine.threads(threads))
        limits.effort = try effort.resolved(for: version.index, k: k)
        if let allowed { limits.allowed = try version.rows(allowed) }
        do throws(IndexError) {
            try version.index.search(queries, limits, into: &answers)
        } catch {
            throw ServiceError(error)
        }
        return version.ids
    }
}
