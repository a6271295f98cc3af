import LinearAlgebra
public import VectorCore

extension FlatIndex {
    /// Makes an index of the rows of `vectors`, which it shares.
    ///
    /// - Parameters:
    ///   - vectors: shape (count, dimension), finite.
    ///   - metric: what distances mean.
    /// - Throws: ``IndexError`` with `notFinite` or `invalidParameter`.
    /// - Complexity: O(count · dimension)
    public static func build(
        _ vectors: FloatMatrix, metric: DistanceMetric
    ) throws(IndexError) -> FlatIndex {
        guard vectors.rows <= Int(Int32.max) else {
            throw IndexError(
                .invalidParameter,
                "An index holds at most \(Int32.max) vectors, not \(vectors.rows).")
        }
        if let (row, column) = vectors.firstNonFinite {
            throw IndexError(
                .notFinite,
                "Number \(column) of vector \(row) is not finite; vectors must be finite.")
        }
        return FlatIndex(ExactSearch(vectors, metric: metric))
    }
}
