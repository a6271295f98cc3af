package import VectorCore

/// How hard a search looks.
public enum SearchEffort: Hashable, Sendable {
    /// As the index was built to.
    case usual
    /// As hard as a setting of the kind's own says, such as efSearch of `hnsw`; exact kinds ignore it.
    case setting(Int)
    /// As hard as it takes for a share of the true neighbours, above 0 and at most 1.
    ///
    /// The setting is read from the table that was measured when the index was built, with vectors that were
    /// not in it, or later with what had changed or the user's own queries.
    case recall(Double)
    /// All vectors are compared, whatever the kind.
    case exact
}

extension SearchEffort {
    /// What a search of an index with this effort asks of it.
    ///
    /// - Throws: ``ServiceError`` with `invalidRequest` where no setting reaches the recall, or none is known.
    package func resolved(
        for index: any VectorIndex, k: Int
    ) throws(ServiceError) -> SearchLimits.Effort {
        switch self {
        case .usual: return .usual
        case .setting(let setting): return .setting(setting)
        case .exact: return .exact
        case .recall(let recall):
            return try indexing { () throws(IndexError) in
                try index.effort(reaching: recall, k: k)
            }
        }
    }
}
