/// Where the full vectors lie whose codes a graph compares.
public enum VectorPlace: String, CaseIterable, Hashable, Sendable {
    /// In the index, beside the codes.
    case index
    /// In the store alone, where the nearest by codes are read for each search.
    case store

    /// The names of all, with commas between them.
    public static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
