public import Flat
public import HNSW
public import MappedStorage
public import Matrix
public import VectorCore

/// An index of any kind: the one place that tells the kinds apart.
public enum AnyVectorIndex: Sendable {
    /// An exact scan.
    case flat(FlatIndex)
    /// All distances precomputed.
    case matrix(MatrixIndex)
    /// A hierarchical navigable small-world graph.
    case hnsw(HNSWIndex)

    /// The index behind the protocol that all kinds share.
    public var base: any FileBackedIndex {
        switch self {
        case .flat(let index): index
        case .matrix(let index): index
        case .hnsw(let index): index
        }
    }

    /// The kind.
    public var kind: IndexKind {
        switch self {
        case .flat: .flat
        case .matrix: .matrix
        case .hnsw: .hnsw
        }
    }

    /// Builds an index of a kind over the rows of `vectors`.
    ///
    /// - Parameters:
    ///   - kind: which index.
    ///   - vectors: shape (count, dimension), finite.
    ///   - metric: what distances mean.
    ///   - options: the kind's own parameters, and threads.
    /// - Throws: ``IndexError`` with `notFinite`, `invalidParameter`, `unsupportedMetric`, `system` or
    ///   `cancelled`.
    public static func build(
        _ kind: IndexKind, _ vectors: FloatMatrix, metric: DistanceMetric, options: BuildOptions
    ) throws(IndexError) -> AnyVectorIndex {
        let progress: ((Int) -> Void)? = options.progress.map { progress in
            { rows in progress(rows, vectors.rows) }
        }
        switch kind {
        case .flat:
            return .flat(try FlatIndex.build(vectors, metric: metric))
        case .matrix:
            return .matrix(
                try MatrixIndex.build(
                    vectors, metric: metric, byteLimit: options.matrixByteLimit,
                    threads: options.threads, isCancelled: options.isCancelled,
                    progress: progress))
        case .hnsw:
            return .hnsw(
                try HNSWIndex.build(
                    vectors, metric: metric, parameters: options.hnsw, threads: options.threads,
                    isCancelled: options.isCancelled, progress: progress))
        }
    }

    /// What an index of a kind will take, and what building it will.
    ///
    /// - Parameters:
    ///   - kind: which index.
    ///   - count: how many vectors.
    ///   - dimension: how many numbers a vector has.
    ///   - metric: what distances mean.
    ///   - options: the kind's own parameters, and threads.
    /// - Complexity: O(1)
    public static func memory(
        _ kind: IndexKind, count: Int, dimension: Int, metric: DistanceMetric,
        options: BuildOptions
    ) -> IndexMemory {
        switch kind {
        case .flat:
            FlatIndex.memory(count: count, dimension: dimension, metric: metric)
        case .matrix:
            MatrixIndex.memory(count: count, dimension: dimension, threads: options.threads)
        case .hnsw:
            HNSWIndex.memory(
                count: count, dimension: dimension, metric: metric, parameters: options.hnsw,
                threads: options.threads)
        }
    }

    /// Loads an index from a file that has been opened.
    ///
    /// - Throws: ``IndexError`` with `damagedFile` or `system`.
    public init(reading file: IndexFileReader) throws(IndexError) {
        guard let kind = IndexKind(rawValue: file.header.kind) else {
            throw IndexError(
                .damagedFile,
                "\(file.path) holds an index of kind \(file.header.kind), which this program does "
                    + "not know; build the index again.")
        }
        switch kind {
        case .flat: self = .flat(try FlatIndex(reading: file))
        case .matrix: self = .matrix(try MatrixIndex(reading: file))
        case .hnsw: self = .hnsw(try HNSWIndex(reading: file))
        }
    }
}
