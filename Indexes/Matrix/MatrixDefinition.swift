public import IndexDefinitions
public import MappedStorage
public import VectorCore

extension IndexKind {
    /// All distances precomputed, as the original system did.
    public static let matrix = IndexKind("matrix")
}

/// All distances among the vectors, computed beforehand.
public struct MatrixDefinition: IndexDefinition {
    /// What a matrix may take where nobody says more: 4 GiB, enough for 23,170 vectors.
    public static let usualByteLimit = 4 << 30

    /// Makes the definition.
    public init() {}

    /// `matrix`.
    public var kind: IndexKind { .matrix }
    /// What it is.
    public var summary: String { "all distances precomputed, as the original system did" }
    /// Every row costs as much as all others: whoever wants it builds it.
    public var isRebuilt: Bool { false }

    /// Opening one reads far more than a scan of its vectors does.
    public var answersUnasked: Bool { false }

    /// How large the matrix may become.
    public var parameters: [IndexParameter] {
        [
            IndexParameter(
                name: "byteLimit", .bytes, usual: .number(UInt64(Self.usualByteLimit)),
                help: "how many bytes the matrix may take before it is refused")
        ]
    }

    /// How many vectors a matrix can have whose bytes are limited.
    public func largestCount(_ parameters: IndexParameters) -> Int {
        MatrixIndex.largestCount(
            byteLimit: parameters.number("byteLimit") ?? Self.usualByteLimit)
    }

    /// What the matrix of so many vectors will take, and what building it will.
    public func memory(
        count: Int, dimension: Int, metric: DistanceMetric, options: BuildOptions
    ) -> IndexMemory {
        MatrixIndex.memory(count: count, dimension: dimension, threads: options.threads)
    }

    /// Computes all distances among the rows of `vectors`, which the index shares.
    public func build(
        _ vectors: FloatMatrix, metric: DistanceMetric, options: BuildOptions
    ) throws(IndexError) -> any FileBackedIndex {
        let limit = try complete(options.parameters).number("byteLimit")
        return try MatrixIndex.build(
            vectors, metric: metric, byteLimit: limit ?? Self.usualByteLimit,
            threads: options.threads, isCancelled: options.isCancelled,
            progress: options.progress.map { progress in { progress($0, vectors.rows) } })
    }

    /// Loads the vectors and all lists, checking every row number and the order.
    public func read(_ file: IndexFileReader) throws(IndexError) -> any FileBackedIndex {
        try MatrixIndex(reading: file)
    }
}
