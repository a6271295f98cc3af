public import IndexDefinitions
import LinearAlgebra
public import MappedStorage
public import VectorCore

extension IndexKind {
    /// An exact scan.
    public static let flat = IndexKind("flat")
}

/// An exact scan of all vectors.
public struct FlatDefinition: IndexDefinition {
    /// Makes the definition.
    public init() {}

    /// `flat`.
    public var kind: IndexKind { .flat }
    /// What it is.
    public var summary: String { "an exact scan" }

    /// What an index of so many vectors will take, and what building it will.
    public func memory(
        count: Int, dimension: Int, metric: DistanceMetric, options: BuildOptions
    ) -> IndexMemory {
        IndexMemory(
            vectors: count * FloatMatrix.stride(columns: dimension) * 4, codes: 0, links: 0,
            working: RowNorms.factorCount(metric, rows: count) * 4, sharesVectors: true)
    }

    /// Makes an index of the rows of `vectors`, which it shares.
    public func build(
        _ vectors: FloatMatrix, metric: DistanceMetric, options: BuildOptions
    ) throws(IndexError) -> any FileBackedIndex {
        _ = try complete(options.parameters)
        return try FlatIndex.build(vectors, metric: metric)
    }

    /// Loads the vectors, checking that they are finite.
    public func read(_ file: IndexFileReader) throws(IndexError) -> any FileBackedIndex {
        try FlatIndex(reading: file)
    }
}
