/// How hard a search looks.
public enum SearchEffort: Hashable, Sendable {
    /// As the index was built to.
    case usual
    /// So many candidates are kept by a graph search; other kinds ignore it.
    case efSearch(Int)
    /// As hard as it takes for a share of the true neighbours, above 0 and at most 1.
    ///
    /// The setting is measured once for every `k`, on vectors of the index, each leaving itself
    /// out, and kept.
    case recall(Double)
    /// All vectors are compared, whatever the kind.
    case exact
}
