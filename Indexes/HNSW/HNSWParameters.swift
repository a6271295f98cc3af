public import IndexDefinitions
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

    static let degrees: ClosedRange<UInt64> = 2...512
    static let constructionEfforts: ClosedRange<UInt64> = 1...100_000
    static let searchEfforts: ClosedRange<UInt64> = 1...1_000_000

    /// Reads them from what was chosen by name; what is left out, or is none of its values, is the usual choice.
    public init(_ values: IndexParameters) {
        self.init()
        if let m = values.number("m") { self.m = m }
        if let effort = values.number("efConstruction") { efConstruction = effort }
        if let effort = values.number("efSearch") { efSearch = effort }
        if case .number(let seed) = values["seed"] { self.seed = seed }
        codes = values.word("codes").flatMap { VectorCodes(rawValue: $0) }
        if let place = values.word("vectors").flatMap({ VectorPlace(rawValue: $0) }) {
            vectors = place
        }
        if let measures = values.flag("measureRecall") { measuresRecall = measures }
    }

    /// They by name.
    public var values: IndexParameters {
        var values = IndexParameters([
            "m": .number(UInt64(clamping: m)),
            "efConstruction": .number(UInt64(clamping: efConstruction)),
            "efSearch": .number(UInt64(clamping: efSearch)), "seed": .number(seed),
        ])
        values["codes"] = codes.map { .word($0.rawValue) }
        values["vectors"] = .word(vectors.rawValue)
        values["measureRecall"] = .flag(measuresRecall)
        return values
    }

    /// Checks that a graph can be built with these.
    ///
    /// - Throws: ``IndexError`` with `invalidParameter` naming the first that is out of range.
    public func validate() throws(IndexError) {
        for (name, value, range) in [
            ("m", m, Self.degrees), ("efConstruction", efConstruction, Self.constructionEfforts),
            ("efSearch", efSearch, Self.searchEfforts),
        ] where value < 0 || !range.contains(UInt64(value)) {
            throw IndexError(
                .invalidParameter,
                "\(name) is \(value); it must be from \(range.lowerBound) to \(range.upperBound).")
        }
        guard vectors == .index || codes != .f32 else {
            throw IndexError(
                .invalidParameter,
                "A graph that compares the vectors themselves (codes f32) keeps them; choose other codes, "
                    + "such as rq8, or leave the vectors in the index.")
        }
    }
}
