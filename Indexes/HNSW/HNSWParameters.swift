public import VectorCore

/// How an HNSW graph is built, in the paper's terms.
public struct HNSWParameters: Hashable, Sendable {
    /// How many neighbours a new vector is given (*M*); twice as many may link to it at the bottom.
    public var m: Int
    /// How many candidates are kept while a vector is inserted (*efConstruction*).
    public var efConstruction: Int
    /// How many candidates a search keeps where it does not say otherwise (*ef*).
    public var efSearch: Int
    /// What the random levels and the turn of codes are drawn from.
    public var seed: UInt64
    /// What the graph compares, or nil to measure what does best.
    public var codes: VectorCodes?
    /// Where the full vectors lie; without them in the index, the graph compares codes.
    public var vectors: VectorPlace
    /// Whether a build measures how well searches of the index find what is not in it.
    ///
    /// Without that no search can ask for a recall until the index has been tuned.
    public var measuresRecall: Bool

    /// Makes parameters; what is left out is the usual choice.
    public init(
        m: Int = 16, efConstruction: Int = 100, efSearch: Int = 64, seed: UInt64 = 1,
        codes: VectorCodes? = nil, vectors: VectorPlace = .index, measuresRecall: Bool = true
    ) {
        self.m = m
        self.efConstruction = efConstruction
        self.efSearch = efSearch
        self.seed = seed
        self.codes = codes
        self.vectors = vectors
        self.measuresRecall = measuresRecall
    }

    /// Checks that a graph can be built with these.
    ///
    /// - Throws: ``IndexError`` with `invalidParameter` naming the first that is out of range.
    public func validate() throws(IndexError) {
        guard (2...512).contains(m) else {
            throw IndexError(.invalidParameter, "m is \(m); it must be from 2 to 512.")
        }
        guard (1...100_000).contains(efConstruction) else {
            throw IndexError(
                .invalidParameter,
                "efConstruction is \(efConstruction); it must be from 1 to 100000.")
        }
        guard (1...1_000_000).contains(efSearch) else {
            throw IndexError(
                .invalidParameter, "efSearch is \(efSearch); it must be from 1 to 1000000.")
        }
        guard vectors == .index || codes != .f32 else {
            throw IndexError(
                .invalidParameter,
                "A graph that compares the vectors themselves (f32) keeps them; choose other codes "
                    + "(--codes rq8), or leave the vectors in the index (--vectors index).")
        }
    }
}
