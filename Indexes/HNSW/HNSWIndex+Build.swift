public import VectorCore

extension HNSWIndex {
    /// Builds a graph over the rows of `vectors`.
    ///
    /// The result depends on the vectors, the parameters and the seed, not on the number of
    /// threads.
    ///
    /// - Parameters:
    ///   - vectors: shape (count, dimension), finite; there may be none.
    ///   - metric: what distances mean.
    ///   - parameters: the paper's *M* and *efConstruction*, and the seed of the levels.
    ///   - threads: how many threads work, at least 1.
    ///   - isCancelled: asked now and then by the calling thread whether to stop.
    ///   - progress: told now and then how many rows are in the graph.
    /// - Throws: ``IndexError`` with `notFinite`, `invalidParameter`, `unsupportedMetric`, `system` or
    ///   `cancelled`.
    /// - Complexity: about O(count · efConstruction · m · dimension · log count / threads)
    public static func build(
        _ vectors: FloatMatrix, metric: DistanceMetric, parameters: HNSWParameters = .init(),
        threads: Int, isCancelled: @Sendable () -> Bool = { false },
        progress: ((_ rows: Int) -> Void)? = nil
    ) throws(IndexError) -> HNSWIndex {
        try parameters.validate()
        try vectors.validate(for: metric)
        let prepared = try PreparedVectors(vectors, metric: metric)
        let builder = try HNSWBuilder(
            prepared, metric: metric, dimension: vectors.columns, parameters: parameters,
            threads: max(1, threads), isCancelled: isCancelled)
        return try builder.build(isCancelled: isCancelled, progress: progress)
    }

    /// What an index of so many vectors will take, and what building it will.
    ///
    /// The lists of the upper layers are what is expected of levels that are drawn. Where it is left to
    /// a measurement which codes there are, there are some.
    public static func memory(
        count: Int, dimension: Int, metric: DistanceMetric, parameters: HNSWParameters,
        threads: Int
    ) -> IndexMemory {
        let m = parameters.m
        // Levels of a byte, starts of the upper lists, the ground lists, and Σ m^(-l) upper ones.
        let lists = 1 + 4 + 8 * m + (m > 1 ? 4 * m / (m - 1) : 0)
        // Hashes of the rows while equal ones are looked for; a byte a thread for rows that were seen.
        let working = 32 + min(max(1, threads), 1024)
        let vectors = FloatMatrix.stride(columns: dimension) * 4
        let keeps = parameters.vectors == .index
        // Half of the squared lengths, where links are chosen by two distances.
        let halves = metric == .innerProduct && parameters.codes != .f32 ? 4 : 0
        return IndexMemory(
            vectors: keeps ? count * vectors : 0,
            codes: count
                * CodeChoice.bytesPerRow(parameters.codes, dimension: dimension, metric: metric),
            links: count * lists, linksName: "graph",
            working: count * (working + halves + (keeps ? 0 : vectors)),
            sharesVectors: false)
    }
}
