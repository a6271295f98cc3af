public import Evaluation
import Locks
public import VectorCore

extension HNSWIndex {
    /// Where nothing proves a recall, a search may keep all vectors of an index as small as this.
    private static let mostWithoutTable = 4096

    /// The smallest efSearch with which a recall is to be expected.
    public func effort(
        reaching recall: Double, k: Int
    ) throws(IndexError) -> SearchLimits.Effort {
        .setting(try efSearch(reaching: recall, k: k))
    }

    /// The smallest efSearch with which a recall is to be expected for queries like those that it was measured
    /// with.
    ///
    /// - Throws: ``IndexError`` with `invalidParameter` where no setting reaches it, or none has been measured.
    /// - Complexity: O(log settings)
    package func efSearch(reaching recall: Double, k: Int) throws(IndexError) -> Int {
        try QueryCheck.validate(recall: recall, k: k)
        let all = max(1, vertexCount)
        // Where codes do not fit, answers are exact.
        guard vertexCount > RecallMeasurement.fewRows, codesFit else { return all }
        let k = min(k, max(1, count))
        guard let table = recallTable else {
            guard vertexCount > Self.mostWithoutTable else { return all }
            throw IndexError(
                .invalidParameter,
                "It has not been measured how well searches of this index find; tune it with queries, or "
                    + "build it again with the measuring. Until then ask for an efSearch.")
        }
        if let setting = table.setting(reaching: recall, k: k, count: count) {
            return min(all, setting)
        }
        // Few vectors, and so few queries, prove little, but all of few are soon met.
        guard vertexCount > Self.mostWithoutTable else { return all }
        let best = table.best(k: k)
        let reached = best.map { "\(Self.rounded($0.recall)) at efSearch \($0.setting)" } ?? "none"
        throw IndexError(
            .invalidParameter,
            "No efSearch is known to reach a recall@\(k) of \(recall) in this index; the best that "
                + "\(table.queryCount) queries prove is \(reached). Ask for less or for an exact answer, "
                + "tune it with more queries, or build with a larger m"
                + (codes == nil ? "." : " or with codes f32, where codes are too coarse."))
    }

    private static func rounded(_ recall: Double) -> Double {
        (recall * 1e5).rounded(.down) / 1e5
    }

    /// What is known once recall has been measured with queries of the user's.
    ///
    /// - Parameters:
    ///   - queries: shape (queries, dimension); not among the vectors.
    ///   - threads: how many threads work.
    /// - Throws: ``IndexError`` as a search does, and with `invalidParameter` where there are no queries.
    /// - Complexity: O(queries · count · dimension / threads)
    public func measuringRecall(
        _ queries: FloatMatrix, threads: Int
    ) throws(IndexError) -> MeasuredRecall {
        try validate(Queries(queries), k: 1)
        guard codesFit else {
            throw IndexError(
                .invalidParameter,
                "So many other vectors have come since this index was built that its codes no longer fit, and "
                    + "searches are exact; build it again, and then tune it.")
        }
        guard queries.rows > 0 else {
            throw IndexError(.invalidParameter, "There are no queries to measure with.")
        }
        let most = RecallMeasurement.wantedQueries
        let places = Array(0..<min(most, queries.rows))
        let kept = queries.selecting(rows: places.map { $0 * queries.rows / places.count })
        // The first are asked more often, and they may have come in groups.
        var generator = SplitMix64(seed: parameters.seed)
        let asked = kept.selecting(rows: places.shuffled(using: &generator))
        let index = hidingPending.withoutOutdated
        var measurement = RecallMeasurement()
        try measurement.ask(asked, of: index, threads: threads)
        let table = measurement.table(
            .queries, count: index.count, seenCount: index.seenCount(among: kept))
        // Where there is nothing to find, nothing is learnt.
        return MeasuredRecall(
            table: table.settings.isEmpty ? nil : table, changeCount: changesInGraph,
            seconds: recall.seconds, queries: kept)
    }

    /// How many changes what is measured knows of: what waits is not measured, and is a change when it comes into the
    /// graph.
    var changesInGraph: Int { changeCount - pending.count }

    /// Whether so much has changed since recall was measured that it is measured again: a quarter of the vectors.
    ///
    /// - Parameter settling: whether somebody waits for everything to be done, which a sixteenth is enough for.
    func isRecallDue(settling: Bool) -> Bool {
        (parameters.measuresRecall || recall.queries != nil)
            && vertexCount > RecallMeasurement.fewRows
            && (recallTable == nil
                || changeCount - recall.changeCount > count / (settling ? 16 : 4))
    }

    /// This index with something else known of its recall.
    public func with(_ recall: MeasuredRecall) -> HNSWIndex {
        with((graph, entry, vertexCount), recall, equals, hiding: hidden, pending: pending)
    }

    /// This index without the rows that it scans until they are in the graph.
    var hidingPending: HNSWIndex {
        var hidden = hidden
        for row in pending { hidden.insert(row) }
        return with((graph, entry, vertexCount), recall, equals, hiding: hidden, pending: [])
    }

    /// This index with a graph that has all that waits.
    func folded(
        _ graph: HNSWGraph, _ entry: UInt32, vertexCount: Int, equals: EqualRows
    ) -> HNSWIndex {
        with((graph, entry, vertexCount), recall, equals, hiding: hidden, pending: [])
    }

    /// This index with another graph, and without some rows.
    func asking(
        _ rows: [UInt32], in graph: HNSWGraph, entry: UInt32, vertexCount: Int
    ) -> HNSWIndex {
        var hidden = hidden
        for row in rows + pending { hidden.insert(row) }
        return with(
            (graph, entry, vertexCount), recall, equals, hiding: hidden, pending: [])
    }

    private func with(
        _ part: (graph: HNSWGraph, entry: UInt32, vertexCount: Int), _ recall: MeasuredRecall,
        _ equals: EqualRows, hiding hidden: RowSet, pending: [UInt32]
    ) -> HNSWIndex {
        HNSWIndex(
            metric: metric, dimension: dimension, parameters: parameters, vectors: rows,
            graph: part.graph, entry: part.entry, isolated: isolated,
            isolatedAreZero: isolatedAreZero, equals: equals,
            changes: HNSWChanges(
                hidden: hidden, pending: pending, vertexCount: part.vertexCount,
                count: changeCount, codesFit: codesFit, scratches: scratches,
                exact: scan.withLock { $0 }),
            recall: recall, source: source)
    }
}
