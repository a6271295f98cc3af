public import FeatureStorage
public import JSON
public import VectorCore

/// Points to write, each with a vector of one field.
public struct VectorUpsertRequest: Sendable {
    /// A point: its id, its vector, and what to do with its payload.
    public struct Entry: Sendable {
        /// The id.
        public var id: PointID
        /// The vector.
        public var vector: VectorData
        /// The payload; nil leaves that of a point that is there.
        public var payload: JSONObject?

        /// Makes an entry.
        public init(id: PointID, vector: VectorData, payload: JSONObject? = nil) {
            self.id = id
            self.vector = vector
            self.payload = payload
        }
    }

    /// The collection, made where it does not exist.
    public var collection: String
    /// The vector field, made where it does not exist, of the first vector's length and element type.
    public var vector: String
    /// The metric that a new field has by default; nil for L2.
    ///
    /// A field that is there must have it, where it is named.
    public var metric: DistanceMetric?
    /// The points; of several with one id the last counts.
    public var entries: [Entry]

    /// Makes a request.
    public init(
        collection: String, vector: String, metric: DistanceMetric? = nil, entries: [Entry]
    ) {
        self.collection = collection
        self.vector = vector
        self.metric = metric
        self.entries = entries
    }
}

/// A search with vectors from memory.
public struct VectorSearchRequest: Sendable {
    /// The collection.
    public var collection: String
    /// The vector field; nil where the collection has only one.
    public var vector: String?
    /// Shape (queries, dimension), finite.
    public var queries: FloatMatrix
    /// How many results a query, or how many groups of results.
    public var k: Int
    /// How the answer may be found.
    public var mode: SearchMode
    /// The metric; nil for the field's own.
    public var metric: DistanceMetric?
    /// How hard an index looks.
    public var effort: SearchEffort
    /// How many threads work; nil for all cores.
    public var threads: Int?
    /// Which of the nearest are given.
    public var scope: SearchScope

    /// Makes a request for the ten nearest.
    public init(
        collection: String, vector: String? = nil, queries: FloatMatrix, k: Int = 10,
        mode: SearchMode = .automatic, metric: DistanceMetric? = nil,
        effort: SearchEffort = .usual, threads: Int? = nil, scope: SearchScope = SearchScope()
    ) {
        self.scope = scope
        self.collection = collection
        self.vector = vector
        self.queries = queries
        self.k = k
        self.mode = mode
        self.metric = metric
        self.effort = effort
        self.threads = threads
    }
}

/// A point that a search found.
public struct PointMatch: Hashable, Sendable {
    /// The point's id.
    public let id: PointID
    /// The distance in the metric of the search; smaller is nearer.
    public let distance: Float
}

/// What a search with vectors from memory gave.
public struct VectorSearchResponse: Sendable {
    /// The vector field that was searched.
    public let vector: String
    /// The metric of the distances.
    public let metric: DistanceMetric
    /// The kind of index that answered, or `exact` where the store's vectors were scanned.
    public let kind: String
    /// For every query the `min(k, matches)` nearest, nearest first; none where there are groups.
    public let matches: [[PointMatch]]
    /// For every query the groups in the order of their nearest points, or nil where none were asked for.
    public let groups: [[PointGroup]]?
    /// What went wrong without spoiling the answer, such as a damaged index that was set aside.
    public let warnings: [String]
}
