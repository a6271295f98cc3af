public import VectorCore

extension MeasuredRecall {
    /// Measures with queries of the user's.
    ///
    /// - Parameters:
    ///   - index: what is asked; all that it has can be found by its setting.
    ///   - queries: shape (queries, dimension); not among the vectors. Of more than 1,000 so many are taken, evenly.
    ///   - seed: what decides which of them are asked more often.
    ///   - threads: how many threads work.
    /// - Throws: ``IndexError`` as a search does; with `invalidParameter` where there are no queries, or searches are
    ///   exact.
    /// - Complexity: O(queries · count · dimension / threads)
    public init(
        of index: some TunableIndex, with queries: FloatMatrix, seed: UInt64 = 1, threads: Int
    ) throws(IndexError) {
        guard let setting = index.setting else { throw .nothingToTune(index.kind) }
        try index.validate(Queries(queries), k: 1)
        guard queries.rows > 0 else {
            throw IndexError(.invalidParameter, "There are no queries to measure with.")
        }
        let places = Array(0..<min(SampleRows.wanted, queries.rows))
        let kept = queries.selecting(rows: places.map { $0 * queries.rows / places.count })
        // The first are asked more often, and they may have come in groups.
        var generator = SplitMix64(seed: seed)
        let asked = kept.selecting(rows: places.shuffled(using: &generator))
        var measurement = RecallMeasurement(setting)
        try measurement.ask(asked, of: index, threads: threads)
        let table = measurement.table(
            .queries, count: index.count, seenCount: try index.seenCount(among: kept))
        // Where there is nothing to find, nothing is learnt.
        self.init(
            table: table.settings.isEmpty ? nil : table, seconds: index.recall.seconds,
            queries: kept)
    }
}
