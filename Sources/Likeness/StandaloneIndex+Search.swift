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

/// Rows that were found, and the ids of the version that they were found in.
package struct FoundRows<Rows: Sendable>: Sendable {
    /// The rows, nearest first.
    package let rows: Rows
    /// The ids of all rows.
    package let ids: RowIDs
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
        let found = try nearest(query, k: k, effort: effort)
        return Self.matches(found.rows, found.ids)
    }

    /// Returns the nearest vectors of a query in an array, as ``search(_:k:effort:)`` does.
    public func search(
        _ query: [Float], k: Int, effort: SearchEffort = .usual
    ) throws(ServiceError) -> [IndexMatch] {
        try search(query.span, k: k, effort: effort)
    }

    /// Answers many queries; one list a query, in their order.
    ///
    /// - Parameters:
    ///   - queries: shape (queries, dimension), finite.
    ///   - k: how many results a query, at least 1.
    ///   - effort: how hard to look.
    ///   - threads: how many threads work; nil for all cores.
    /// - Throws: ``ServiceError`` as for one query.
    public func searchBatch(
        _ queries: FloatMatrix, k: Int, effort: SearchEffort = .usual, threads: Int? = nil
    ) throws(ServiceError) -> [[IndexMatch]] {
        let found = try nearest(queries, k: k, effort: effort, threads: threads)
        return found.rows.map { Self.matches($0, found.ids) }
    }

    /// The nearest rows of one query, and the ids to read theirs from.
    package func nearest(
        _ query: Span<Float>, k: Int, effort: SearchEffort
    ) throws(ServiceError) -> FoundRows<[Neighbor]> {
        let version = self.version
        let rows = try version.search(query, k: k, effort, threads: nil)
        return FoundRows(rows: rows, ids: version.ids)
    }

    /// The nearest rows of many queries, and the ids to read theirs from.
    package func nearest(
        _ queries: FloatMatrix, k: Int, effort: SearchEffort, threads: Int?
    ) throws(ServiceError) -> FoundRows<[[Neighbor]]> {
        let version = self.version
        let rows = try version.searchBatch(queries, k: k, effort, threads: threads)
        return FoundRows(rows: rows, ids: version.ids)
    }

    private static func matches(_ rows: [Neighbor], _ ids: RowIDs) -> [IndexMatch] {
        rows.map { IndexMatch(id: ids[$0.row], distance: $0.distance) }
    }
}
