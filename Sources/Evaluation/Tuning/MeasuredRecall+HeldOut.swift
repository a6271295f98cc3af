public import VectorCore

extension MeasuredRecall {
    /// Measures an index like one that is built, without some of the rows, which are asked.
    ///
    /// It is for kinds that are built fast; one that can take in rows inserts those that were held out instead.
    ///
    /// - Parameters:
    ///   - vectors: shape (count, dimension), of all that is built.
    ///   - seed: what the rows are drawn from.
    ///   - threads: how many threads work.
    ///   - isCancelled: asked now and then by the calling thread whether to stop.
    ///   - build: makes an index of rows that are given in the order of `vectors`.
    /// - Throws: what `build` throws, and ``IndexError`` as a search does, or with `cancelled`.
    /// - Complexity: O(asked · count · dimension / threads), and that of `build`; takes the memory of a second index
    public init(
        holdingOutOf vectors: FloatMatrix, seed: UInt64 = 1, threads: Int,
        isCancelled: () -> Bool = { false },
        build: (FloatMatrix) throws(IndexError) -> some TunableIndex
    ) throws(IndexError) {
        self.init()
        let originals = vectors.originals()
        let distinct = originals.indices.filter { Int(originals[$0]) == $0 }
        let held = HeldOutRows(of: distinct.map { UInt32($0) }, seed: seed).held
        guard !held.isEmpty else { return }
        let clock = ContinuousClock()
        let begun = clock.now
        // Rows that equal one that is asked would be found at once.
        let out = RowSet(of: held)
        let rest = originals.indices.filter { !out.contains(originals[$0]) }
        let index = try build(vectors.selecting(rows: rest))
        guard let setting = index.setting else { return }
        var measurement = RecallMeasurement(setting)
        try measurement.ask(
            vectors.selecting(rows: held.map { Int($0) }), of: index, threads: threads,
            isCancelled: isCancelled)
        table = measurement.table(.heldOut, count: index.count)
        seconds = (clock.now - begun) / .seconds(1)
    }
}
