public import IndexCatalog
public import VectorCore

/// Where the queries of a comparison come from.
public enum QuerySource: Hashable, Sendable {
    /// So many points of the collection, drawn by a fixed seed, or fewer of a small one. What is built for the
    /// comparison is built without them; a published index holds them, and leaves each out of its own answer.
    case sample(Int)
    /// A file of vectors that are not in the collection.
    case file(String)
}

/// A comparison of index kinds with the exact answer.
public struct CompareRequest: Sendable {
    /// The collection.
    public var collection: String
    /// The vector field; nil where the collection has only one.
    public var vector: String?
    /// The metric; nil for the field's own.
    public var metric: DistanceMetric?
    /// How many neighbours.
    public var k: Int
    /// The kinds, in the order of the report.
    public var kinds: [IndexKind]
    /// Where queries come from.
    public var queries: QuerySource
    /// How many threads answer batches and build what is not published; nil for all cores.
    public var threads: Int?
    /// How many bytes an index whose kind has such a limit may take, as a matrix; beyond that it is built on as many
    /// vectors as fit.
    public var byteLimit: Int

    /// Makes a request that compares all kinds on 1,000 sampled queries.
    public init(
        collection: String, vector: String? = nil, metric: DistanceMetric? = nil, k: Int = 10,
        kinds: [IndexKind] = IndexCatalog.exactFirst, queries: QuerySource = .sample(1000),
        threads: Int? = nil, byteLimit: Int = 2 << 30
    ) {
        self.collection = collection
        self.vector = vector
        self.metric = metric
        self.k = k
        self.kinds = kinds
        self.queries = queries
        self.threads = threads
        self.byteLimit = byteLimit
    }
}

/// What this machine can do at most, measured in the same run.
public struct MeasuredLimits: Sendable {
    /// The instruction set that the kernels use.
    public let instructionSet: String
    /// How many threads batches used.
    public let threads: Int
    /// Matrix multiplication on those threads, in 10⁹ operations a second.
    public let gflops: Double
    /// Reading memory on one thread, in 10⁹ bytes a second.
    public let gigabytesPerSecond: Double
}

/// One setting of a kind's search parameter and what it gave.
public struct ComparedSetting: Sendable {
    /// The setting, such as `efSearch 64`, or empty where the kind has none.
    public let setting: String
    /// The share of results that are truly among the k nearest, ties counted.
    public let recall: Double
    /// Where the queries are in the index: the recall of queries that are not, as the index's own operating
    /// points have it; nil where it has none, and where the queries are not in it.
    public let unseenRecall: Double?
    /// Single queries a second on one thread.
    public let queriesPerSecond: Double
    /// Queries a second when all are given at once to all threads.
    public let batchQueriesPerSecond: Double
    /// Latencies of single queries in microseconds.
    public let p50: Double
    /// The 95th percentile, in microseconds.
    public let p95: Double
    /// The 99th percentile, in microseconds.
    public let p99: Double
}

/// What was measured of one kind.
public struct ComparedKind: Sendable {
    /// The kind.
    public let kind: String
    /// How many vectors it held.
    public let count: Int
    /// How long it took to build.
    public let buildSeconds: Double
    /// Memory of the index divided by its vectors.
    public let bytesPerVector: Double
    /// Whether recall is that of queries which are in the index, and so easier to find than new ones.
    ///
    /// That is so where a published graph is asked points of its collection. Exact kinds find all anyway.
    public let queriesSeen: Bool
    /// What a reader must know, such as that only a part of the vectors fitted; or nil.
    public let note: String?
    /// The settings, in growing order of effort.
    public let settings: [ComparedSetting]
}

/// What a comparison gave.
public struct ComparisonReport: Sendable {
    /// The collection.
    public let collection: String
    /// The vector field.
    public let vector: String
    /// The metric.
    public let metric: DistanceMetric
    /// How many vectors there are.
    public let count: Int
    /// How many numbers a vector has.
    public let dimension: Int
    /// How many neighbours were asked for.
    public let k: Int
    /// How many queries there were.
    public let queryCount: Int
    /// Whether the queries are points of the collection; an index that holds them leaves each out of its own
    /// answer.
    public let leavesItselfOut: Bool
    /// What the machine can do.
    public let limits: MeasuredLimits
    /// Seconds that the exact answers of all queries took as one batch on all threads.
    public let exactSeconds: Double
    /// The rate of those in 10⁹ operations a second, two a number compared.
    public let exactGflops: Double
    /// The kinds, in the order asked for.
    public let kinds: [ComparedKind]
    /// What is wrong with published indexes, which were then built anew for the comparison.
    public let warnings: [String]
}

/// An evaluation of vector fields by labels.
public struct EvaluateRequest: Sendable {
    /// The collection.
    public var collection: String
    /// The vector fields; empty for all.
    public var vectors: [String]
    /// The kind of index that answers; nil for exact answers.
    public var kind: IndexKind?
    /// Where a point's label lies in its payload.
    public var label: String
    /// How many results are scored.
    public var k: Int
    /// The metrics; empty for each field's own.
    public var metrics: [DistanceMetric]

    /// Makes a request for the original's score: 15 results, exact.
    public init(
        collection: String, vectors: [String] = [], kind: IndexKind? = nil, label: String = "label",
        k: Int = 15, metrics: [DistanceMetric] = []
    ) {
        self.collection = collection
        self.vectors = vectors
        self.kind = kind
        self.label = label
        self.k = k
        self.metrics = metrics
    }
}

/// The scores of the queries of one label, or of all.
public struct LabelScores: Sendable {
    /// The label, or nil for all queries together.
    public let label: String?
    /// How many queries there were.
    public let queryCount: Int
    /// The original's relevance score, from 0 to 100.
    public let score: Double
    /// The percentage of the first k results with the query's label.
    public let precision: Double
    /// The percentage of the first 10 results with the query's label.
    public let precisionAt10: Double
}

/// What was measured of one field under one metric.
public struct EvaluatedField: Sendable {
    /// The vector field.
    public let vector: String
    /// The metric.
    public let metric: DistanceMetric
    /// How many numbers a vector has.
    public let dimension: Int
    /// All queries together.
    public let overall: LabelScores
    /// Each label, in alphabetical order.
    public let labels: [LabelScores]
}

/// What an evaluation gave.
public struct EvaluationReport: Sendable {
    /// The collection.
    public let collection: String
    /// How many results were scored.
    public let k: Int
    /// `exact`, or the kind of index that answered.
    public let kind: String
    /// Points without a label, which neither ask nor count.
    public let unlabelled: Int
    /// Each field under each metric.
    public let fields: [EvaluatedField]
}
