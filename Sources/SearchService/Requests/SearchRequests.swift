public import IndexCatalog
public import IndexDefinitions
public import JSON
public import VectorCore

/// An index to build and publish.
public struct IndexBuildRequest: Sendable {
    /// The collection.
    public var collection: String
    /// The vector field; nil where the collection has only one.
    public var vector: String?
    /// The kind of index.
    public var kind: IndexKind
    /// The metric; nil for the field's own.
    public var metric: DistanceMetric?
    /// The kind's own parameters; what is left out is the usual choice.
    public var parameters: IndexParameters
    /// How many bytes building may take before it is refused; nil for what the machine has free.
    public var memoryLimit: Int?
    /// How many threads work; nil for all cores.
    public var threads: Int?

    /// Makes a request; what is left out is the usual choice.
    public init(
        collection: String, vector: String? = nil, kind: IndexKind,
        metric: DistanceMetric? = nil, parameters: IndexParameters = IndexParameters(),
        memoryLimit: Int? = nil, threads: Int? = nil
    ) {
        self.collection = collection
        self.vector = vector
        self.kind = kind
        self.metric = metric
        self.parameters = parameters
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
    /// The kind of index; exact ones are not tuned.
    public var kind: IndexKind
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
        collection: String, vector: String? = nil, kind: IndexKind = IndexCatalog.usualKind,
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
    case kind(IndexKind)
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
    /// How hard to look.
    public var effort: SearchEffort
    /// Which of the nearest are given.
    public var scope: SearchScope

    /// Makes a request for the ten nearest.
    public init(
        collection: String, vector: String? = nil, query: SearchQuery, k: Int = 10,
        mode: SearchMode = .automatic, metric: DistanceMetric? = nil,
        effort: SearchEffort = .usual, scope: SearchScope = SearchScope()
    ) {
        self.scope = scope
        self.collection = collection
        self.vector = vector
        self.query = query
        self.k = k
        self.mode = mode
        self.metric = metric
        self.effort = effort
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
