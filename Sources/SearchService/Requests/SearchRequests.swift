public import JSON
public import VectorCore

/// An index to build and publish.
public struct IndexBuildRequest: Sendable {
    /// The collection.
    public var collection: String
    /// The vector field; nil where the collection has only one.
    public var vector: String?
    /// `flat`, `matrix` or `hnsw`.
    public var kind: String
    /// The metric; nil for the field's own.
    public var metric: DistanceMetric?
    /// HNSW: neighbours of a new vector (*M*).
    public var m: Int
    /// HNSW: candidates kept while building (*efConstruction*).
    public var efConstruction: Int
    /// HNSW: candidates a search keeps by default (*efSearch*).
    public var efSearch: Int
    /// HNSW: what the random levels and the turn of codes are drawn from.
    public var seed: UInt64
    /// HNSW: what the graph compares; nil to measure what does better.
    public var codes: VectorCodes?
    /// HNSW: where the full vectors lie, beside the codes or only in the store.
    public var vectors: VectorPlace
    /// HNSW: whether it is measured how well searches find, without which none can ask for a recall.
    public var measuresRecall: Bool
    /// Matrix: how many bytes it may take before it is refused.
    public var matrixByteLimit: Int
    /// How many bytes building may take before it is refused; nil for what the machine has free.
    public var memoryLimit: Int?
    /// How many threads work; nil for all cores.
    public var threads: Int?

    /// Makes a request; what is left out is the usual choice.
    public init(
        collection: String, vector: String? = nil, kind: String, metric: DistanceMetric? = nil,
        m: Int = 16, efConstruction: Int = 100, efSearch: Int = 64, seed: UInt64 = 1,
        codes: VectorCodes? = nil, vectors: VectorPlace = .index, measuresRecall: Bool = true,
        matrixByteLimit: Int = 4 << 30, memoryLimit: Int? = nil, threads: Int? = nil
    ) {
        self.collection = collection
        self.vector = vector
        self.kind = kind
        self.metric = metric
        self.m = m
        self.efConstruction = efConstruction
        self.efSearch = efSearch
        self.seed = seed
        self.codes = codes
        self.vectors = vectors
        self.measuresRecall = measuresRecall
        self.matrixByteLimit = matrixByteLimit
        self.memoryLimit = memoryLimit
        self.threads = threads
    }
}

/// Queries of the user's, with which it is measured how well searches by a published graph find.
public struct TuneRequest: Sendable {
    /// Where the queries are.
    public enum Queries: Sendable {
        /// In a file of vectors.
        case file(String)
        /// Shape (queries, dimension), finite.
        case vectors(FloatMatrix)
    }

    /// The collection.
    public var collection: String
    /// The vector field; nil where the collection has only one.
    public var vector: String?
    /// `hnsw`; the other kinds are exact.
    public var kind: String
    /// The metric; nil for the field's own.
    public var metric: DistanceMetric?
    /// The queries, like those that will be asked and not from the collection.
    ///
    /// Of more than 1,000 so many are taken, evenly.
    public var queries: Queries
    /// How many threads work; nil for all cores.
    public var threads: Int?

    /// Makes a request.
    public init(
        collection: String, vector: String? = nil, kind: String = "hnsw",
        metric: DistanceMetric? = nil, queries: Queries, threads: Int? = nil
    ) {
        self.collection = collection
        self.vector = vector
        self.kind = kind
        self.metric = metric
        self.queries = queries
        self.threads = threads
    }
}

/// What is searched for.
public enum SearchQuery: Hashable, Sendable {
    /// The path of an image; the field's own extractor makes the vector.
    case image(String)
    /// A point of the collection; it is left out of its own results.
    case id(String)
    /// A file of vectors, each of them a query.
    case vectorFile(String)
}

/// How an answer may be found.
public enum SearchMode: Hashable, Sendable {
    /// By the best published index, exactly where there is none.
    case automatic
    /// Exactly.
    case exact
    /// By the published index of a kind.
    case kind(String)
}

/// A search.
public struct SearchRequest: Sendable {
    /// The collection.
    public var collection: String
    /// The vector field; nil where the collection has only one.
    public var vector: String?
    /// What is searched for.
    public var query: SearchQuery
    /// How many results, or how many groups of results.
    public var k: Int
    /// How the answer may be found.
    public var mode: SearchMode
    /// The metric; nil for the field's own.
    public var metric: DistanceMetric?
    /// How many candidates a graph search keeps; nil for the index's default.
    public var efSearch: Int?
    /// The recall that a graph search is to reach, above 0 and at most 1, in place of ``efSearch``; nil for none.
    public var recall: Double?
    /// Which of the nearest are given.
    public var scope: SearchScope

    /// Makes a request for the ten nearest.
    public init(
        collection: String, vector: String? = nil, query: SearchQuery, k: Int = 10,
        mode: SearchMode = .automatic, metric: DistanceMetric? = nil, efSearch: Int? = nil,
        recall: Double? = nil, scope: SearchScope = SearchScope()
    ) {
        self.scope = scope
        self.collection = collection
        self.vector = vector
        self.query = query
        self.k = k
        self.mode = mode
        self.metric = metric
        self.efSearch = efSearch
        self.recall = recall
    }

    /// How hard an index looks.
    var effort: SearchEffort {
        recall.map { .recall($0) } ?? efSearch.map { .efSearch($0) } ?? .usual
    }
}

/// One result.
public struct SearchHit: Sendable {
    /// The rank, from 1.
    public let rank: Int
    /// The point's id.
    public let id: String
    /// The distance in the metric of the search; smaller is nearer.
    public let distance: Double
    /// The point's payload.
    public let payload: JSONValue
}

/// The results of one query.
public struct SearchAnswer: Sendable {
    /// What was searched for, as a person would name it: a path, an id, a row of a file.
    public let query: String
    /// The payload of the point that was searched for, where it was one.
    public let queryPayload: JSONValue?
    /// The `min(k, matches)` nearest, nearest first; none where there are groups.
    public let hits: [SearchHit]
    /// The groups in the order of their nearest points, or nil where none were asked for.
    public let groups: [SearchGroup]?
}

/// What a search gave.
public struct SearchResponse: Sendable {
    /// The vector field that was searched.
    public let vector: String
    /// The metric of the distances.
    public let metric: DistanceMetric
    /// The kind of index that answered, or `exact` where the store's vectors were scanned.
    public let kind: String
    /// An answer for every query.
    public let answers: [SearchAnswer]
    /// Seconds to make query vectors from images.
    public let extractionSeconds: Double
    /// Seconds to open the index.
    public let openSeconds: Double
    /// Seconds to search.
    public let searchSeconds: Double
    /// What went wrong without spoiling the answer, such as a damaged index that was set aside.
    public let warnings: [String]
}
