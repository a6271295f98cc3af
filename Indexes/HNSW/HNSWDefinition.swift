import Evaluation
public import IndexDefinitions
public import MappedStorage
public import VectorCore

extension IndexKind {
    /// A hierarchical navigable small-world graph.
    public static let hnsw = IndexKind("hnsw")
}

/// A navigable graph of the vectors or of their codes.
public struct HNSWDefinition: IndexDefinition {
    /// Makes the definition.
    public init() {}

    /// `hnsw`.
    public var kind: IndexKind { .hnsw }
    /// What it is.
    public var summary: String { "a navigable graph, approximate and fast" }
    /// How many candidates a search keeps.
    public var setting: SearchSetting? { Self.efSearch }
    static let efSearch = SearchSetting(
        name: "efSearch", help: "how many candidates to keep; more is slower and truer",
        range: 1...4096)

    /// What may be chosen about a graph.
    public var parameters: [IndexParameter] {
        let usual = HNSWParameters().values
        return [
            IndexParameter(
                name: "m", .number(HNSWParameters.degrees), usual: usual["m"],
                help: "neighbours of a new vector"),
            IndexParameter(
                name: "efConstruction", .number(HNSWParameters.constructionEfforts),
                usual: usual["efConstruction"], help: "candidates kept while building"),
            IndexParameter(
                name: "efSearch", .number(HNSWParameters.searchEfforts), usual: usual["efSearch"],
                help: "candidates that a search keeps where it says nothing else"),
            IndexParameter(
                name: "seed", .number(0...UInt64.max), usual: usual["seed"],
                help: "what the random levels are drawn from"),
            IndexParameter(
                name: "codes", .choice(VectorCodes.allCases.map(\.rawValue)), usual: nil,
                help:
                    "what the graph compares: f32, the vectors themselves; f16, numbers of 16 bits; rq8, "
                    + "codes of 8 bits for l2, cosine and inner product; sq8, codes of 8 bits for l1 and "
                    + "Minkowski distances; what does better is measured where nothing is said"),
            IndexParameter(
                name: "vectors", .choice(VectorPlace.allCases.map(\.rawValue)),
                usual: usual["vectors"],
                help:
                    "where the full vectors lie that the nearest by codes are measured by: index, beside "
                    + "the codes; store, only there, which takes least memory"),
            .measureRecall,
        ]
    }

    /// Checks that codes and places go together.
    public func validate(_ parameters: IndexParameters) throws(IndexError) {
        try HNSWParameters(parameters).validate()
    }

    /// What an index of so many vectors will take, and what building it will.
    public func memory(
        count: Int, dimension: Int, metric: DistanceMetric, options: BuildOptions
    ) -> IndexMemory {
        HNSWIndex.memory(
            count: count, dimension: dimension, metric: metric, parameters: options.hnsw,
            threads: options.threads)
    }

    /// Builds a graph over the rows of `vectors`.
    public func build(
        _ vectors: FloatMatrix, metric: DistanceMetric, options: BuildOptions
    ) throws(IndexError) -> any FileBackedIndex {
        try HNSWIndex.build(
            vectors, metric: metric,
            parameters: HNSWParameters(try complete(options.parameters)),
            threads: options.threads, isCancelled: options.isCancelled,
            progress: options.progress.map { progress in { progress($0, vectors.rows) } })
    }

    /// Loads the graph and its vectors, checking every link.
    public func read(_ file: IndexFileReader) throws(IndexError) -> any FileBackedIndex {
        try HNSWIndex(reading: file)
    }

    /// Settings about √2 apart; a search keeps at least `k` candidates, so smaller ones are all the same.
    public func sweep(k: Int) -> [Int] {
        let usual = [
            10, 12, 14, 17, 20, 24, 28, 34, 40, 56, 80, 112, 160, 226, 320, 452, 640, 1000,
        ]
        return [k] + usual.filter { $0 > k }
    }
}

extension HNSWIndex {
    /// What its kind is.
    public var definition: any IndexDefinition { HNSWDefinition() }

    /// What it was built with; of its codes, those that it has.
    public var builtWith: IndexParameters {
        var values = parameters.values
        values["codes"] = .word(codesKind.rawValue)
        return values
    }

    /// What another one like it is built with; codes are chosen again where they were measured.
    public var rebuiltWith: IndexParameters { parameters.values }

    /// What takes in changes: new vectors get links, and slots of old ones.
    public func living(ids: RowIDs, waits: Bool) -> any LivingIndex {
        KeyedHNSW(self, ids: ids, waits: waits)
    }

    /// How large a share of the true neighbours searches find, by efSearch; nil where it has not been measured.
    public var recallTable: RecallTable? { recall.table }

    /// What is said where codes do not fit.
    public var warning: String? {
        guard !codesFit else { return nil }
        return
            "The vectors are unlike those that the index was built of, and its codes do not tell them "
            + "apart; answers are exact, and slow, until it has been built again"
            + (keepsVectors ? "; a process that goes on does it by itself." : ".")
    }
}

extension BuildOptions {
    /// The parameters as those of a graph.
    public var hnsw: HNSWParameters {
        get { HNSWParameters(parameters) }
        set { parameters = newValue.values }
    }

    /// Makes options of a graph.
    public init(
        hnsw: HNSWParameters, threads: Int,
        isCancelled: @escaping @Sendable () -> Bool = { Task.isCancelled },
        progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
    ) {
        self.init(
            parameters: hnsw.values, threads: threads, isCancelled: isCancelled,
            progress: progress)
    }
}
