/// The kinds of index.
public enum IndexKind: String, CaseIterable, Hashable, Sendable {
    /// An exact scan.
    case flat
    /// All distances precomputed, as the original system did.
    case matrix
    /// A hierarchical navigable small-world graph.
    case hnsw

    /// Whether every answer is the exact one.
    public var isExact: Bool {
        switch self {
        case .flat, .matrix: true
        case .hnsw: false
        }
    }
}
