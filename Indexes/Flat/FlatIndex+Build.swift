import LinearAlgebra
public import VectorCore

extension FlatIndex {
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
