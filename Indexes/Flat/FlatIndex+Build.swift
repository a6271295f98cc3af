import LinearAlgebra
public import VectorCore

extension FlatIndex {
    /// What an index of so many vectors will take, and what building it will.
    public static func memory(count: Int, dimension: Int, metric: DistanceMetric) -> IndexMemory {
        IndexMemory(
            vectors: count * FloatMatrix.stride(columns: dimension) * 4, codes: 0, links: 0,
            working: RowNorms.factorCount(metric, rows: count) * 4, sharesVectors: true)
    }

    /// Makes an index of the rows of `vectors`, which it shares.
    ///
    /// - Parameters:
    ///   - vectors: shape (count, dimension), finite.
    ///   - metric: what distances mean.
    /// - Throws: ``IndexError`` with `notFinite`, `invalidParameter` or `unsupportedMetric`.
    /// - Complexity: O(count · dimension)
    public static func build(
        _ vectors: FloatMatrix, metric: DistanceMetric
    ) throws(IndexError) -> FlatIndex {
        try vectors.validate(for: metric)
        return FlatIndex(ExactSearch(vectors, metric: metric))
    }
}
