import Evaluation
public import VectorCore

extension IndexDefinition {
    /// Builds an index and measures how well searches find, unless the parameters say not to.
    ///
    /// It builds a second index without a tenth of the rows, at most 1,000, and asks those; a kind that can take in
    /// rows later measures before it does, and builds only one.
    ///
    /// - Parameters:
    ///   - vectors: shape (count, dimension), of all that is built.
    ///   - options: with the kind's own parameters; `seed` decides which rows are asked.
    ///   - build: makes an index of the rows that it gets.
    /// - Throws: what `build` throws, and ``IndexError`` as a search does, with `invalidParameter` or `cancelled`.
    /// - Complexity: twice that of `build`, and O(asked · count · dimension / threads)
    public func measured<Index: FileBackedIndex>(
        _ vectors: FloatMatrix, _ options: BuildOptions,
        build: (FloatMatrix) throws(IndexError) -> Index
    ) throws(IndexError) -> Index {
        let parameters = try complete(options.parameters)
        let index = try build(vectors)
        guard parameters.flag(IndexParameter.measuringRecall) ?? true else { return index }
        return index.with(
            try MeasuredRecall(
                holdingOutOf: vectors, seed: UInt64(parameters.number("seed") ?? 1),
                threads: options.threads, isCancelled: options.isCancelled, build: build))
    }
}
