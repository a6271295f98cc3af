/// What one search may change about how an index answers.
///
/// A kind reads the parameters that concern it and ignores the others.
public struct SearchParameters: Hashable, Sendable {
    /// How many candidates a graph search keeps (the paper's *ef*), or nil for the index's default.
    public var efSearch: Int?

    /// Makes parameters; what is left out is the index's own choice.
    public init(efSearch: Int? = nil) {
        self.efSearch = efSearch
    }
}
