public import VectorCore

extension HNSWIndex {
    /// Builds a graph over the rows of `vectors`.
    ///
    /// The result depends on the vectors, the parameters and the seed, not on the number of
    /// threads.
    ///
    /// - Parameters:
    ///   - vectors: shape (count, dimension), finite; at least one row.
    ///   - metric: what distances mean.
    ///   - parameters: the paper's *M* and *efConstruction*, and the seed of the levels.
    ///   - threads: how many threads work, at least 1.
    ///   - progress: told now and then how many rows are in the graph.
    /// - Throws: ``IndexError`` with `notFinite`, `invalidParameter`, `unsupportedMetric` or `system`.
    /// - Complexity: about O(count · efConstruction · m · dimension · log count / threads)
    public static func build(
        _ vectors: FloatMatrix, metric: DistanceMetric, parameters: HNSWParameters = .init(),
        threads: Int, progress: ((_ rows: Int) -> Void)? = nil
    ) throws(IndexError) -> HNSWIndex {
        try parameters.validate()
        try vectors.validate(for: metric)
        let prepared = try PreparedVectors(vectors, metric: metric)
        let builder = try HNSWBuilder(
            prepared, metric: metric, dimension: vectors.columns, parameters: parameters,
            threads: max(1, threads))
        return builder.build(progress: progress)
    }
}
