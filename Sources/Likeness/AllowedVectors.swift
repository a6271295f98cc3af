import Flat
import HNSW
import IndexCatalog
import MappedStorage
import Matrix
public import SearchService
public import VectorCore

/// Which vectors of an index a search may give.
public enum AllowedVectors: Sendable {
    /// Those with these ids; ids that the index does not have allow nothing.
    case ids([UInt64])
    /// Those whose place is true: one for each vector, in the order in which they were given.
    case mask([Bool])
}

extension IndexVersion {
    /// The rows that are allowed and can be found.
    ///
    /// - Throws: ``ServiceError`` with `invalidRequest` where a mask has another length than the index.
    /// - Complexity: O(count + ids)
    func rows(_ allowed: AllowedVectors) throws(ServiceError) -> RowSet {
        var set = RowSet()
        switch allowed {
        case .ids(let wanted):
            let wanted = Set(wanted)
            for row in rows where wanted.contains(ids[row]) { set.insert(row) }
        case .mask(let mask):
            guard mask.count == count else {
                throw ServiceError(
                    .invalidRequest,
                    "The mask has \(mask.count) places, but the index has \(count) vectors; give one for "
                        + "each.")
            }
            for (row, isAllowed) in zip(rows, mask) where isAllowed { set.insert(row) }
        }
        return set
    }

    /// The nearest of some rows, up to a distance, for many queries in their order.
    func searchBatch(
        _ queries: FloatMatrix, k: Int, among rows: RowSet, within: Float?, threads: Int?
    ) throws(ServiceError) -> [[Neighbor]] {
        let threads = Engine.threads(threads)
        return try indexing { () throws(IndexError) in
            switch contents {
            case .flat(let version):
                guard let within else {
                    return try version.searchBatch(queries, k: k, among: rows, threads: threads)
                }
                return try version.searchBatch(
                    queries, k: k, within: within, among: rows, threads: threads)
            case .matrix(let index):
                return try AnyVectorIndex.matrix(index)
                    .searchBatch(queries, k: k, among: rows, within: within, threads: threads)
            case .hnsw(let index):
                return try AnyVectorIndex.hnsw(index)
                    .searchBatch(queries, k: k, among: rows, within: within, threads: threads)
            }
        }
    }
}

extension AnyVectorIndex {
    fileprivate func searchBatch(
        _ queries: FloatMatrix, k: Int, among rows: RowSet, within: Float?, threads: Int
    ) throws(IndexError) -> [[Neighbor]] {
        guard let within else {
            return try searchBatch(queries, k: k, among: rows, threads: threads)
        }
        return try searchBatch(queries, k: k, within: within, among: rows, threads: threads)
    }
}

extension StandaloneIndex {
    /// Answers many queries from some of the vectors: for each the nearest of them, as many as there are, up to
    /// `k` and not farther than `within`.
    ///
    /// The answer is exact, whatever the kind.
    ///
    /// - Parameters:
    ///   - queries: shape (queries, dimension), finite.
    ///   - k: how many results a query at most, at least 1.
    ///   - allowed: which vectors may be found; nil for all.
    ///   - within: the largest distance that a result has; nil for any.
    ///   - threads: how many threads work; nil for all cores.
    /// - Throws: ``ServiceError`` with `invalidData` where queries have another length or are not finite,
    ///   `invalidRequest` where `k` is out of range, `within` is NaN, or a mask has another length.
    /// - Complexity: O(count + queries · allowed · dimension / threads)
    public func searchBatch(
        _ queries: FloatMatrix, k: Int, among allowed: AllowedVectors?, within: Float? = nil,
        threads: Int? = nil
    ) throws(ServiceError) -> [[IndexMatch]] {
        let found = try nearest(
            queries, k: k, among: allowed, within: within, threads: threads)
        return found.rows.map { neighbors in
            neighbors.map { IndexMatch(id: found.ids[$0.row], distance: $0.distance) }
        }
    }

    /// The nearest rows of some, and the ids to read theirs from.
    package func nearest(
        _ queries: FloatMatrix, k: Int, among allowed: AllowedVectors?, within: Float?,
        threads: Int?
    ) throws(ServiceError) -> FoundRows<[[Neighbor]]> {
        if let within, within.isNaN {
            throw ServiceError(.invalidRequest, "A distance cannot be NaN; give a number.")
        }
        let version = self.version
        var rows: RowSet
        if let allowed {
            rows = try version.rows(allowed)
        } else {
            rows = RowSet()
            for row in version.rows { rows.insert(row) }
        }
        let found = try version.searchBatch(
            queries, k: k, among: rows, within: within, threads: threads)
        return FoundRows(rows: found, ids: version.ids)
    }
}
