package import HNSW
package import VectorCore

/// How hard a search looks.
public enum SearchEffort: Hashable, Sendable {
    /// As the index was built to.
    case usual
    /// So many candidates are kept by a graph search; other kinds ignore it.
    case efSearch(Int)
    /// As hard as it takes for a share of the true neighbours, above 0 and at most 1.
    ///
    /// The setting is read from the table that was measured when the index was built, with vectors that were
    /// not in it, or later with what had changed or the user's own queries.
    case recall(Double)
    /// All vectors are compared, whatever the kind.
    case exact
}

extension SearchEffort {
    /// What a search with this effort asks of a graph.
    ///
    /// - Throws: ``ServiceError`` with `invalidRequest` where no setting reaches the recall, or none is known.
    package func parameters(
        of index: HNSWIndex, k: Int
    ) throws(ServiceError) -> SearchParameters {
        switch self {
        case .usual, .exact:
            return SearchParameters()
        case .efSearch(let efSearch):
            return SearchParameters(efSearch: efSearch)
        case .recall(let recall):
            return try indexing { () throws(IndexError) in
                SearchParameters(efSearch: try index.efSearch(reaching: recall, k: k))
            }
        }
    }
}
