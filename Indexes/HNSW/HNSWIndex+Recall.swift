public import Evaluation
import Locks
public import VectorCore

extension HNSWIndex {
    /// One that keeps all vertices as candidates.
    public var exhaustiveSetting: Int { max(1, vertexCount) }
    /// Those in the graph; where codes do not fit, answers are exact.
    public var missableCount: Int { codesFit ? vertexCount : 0 }

    /// More links, or vectors that are compared themselves.
    public var remedy: String? {
        "build with a larger m"
            + (codes == nil ? "" : " or with codes f32, where codes are too coarse")
    }

    /// What is known once recall has been measured with queries of the user's.
    ///
    /// - Parameters:
    ///   - queries: shape (queries, dimension); not among the vectors.
    ///   - threads: how many threads work.
    /// - Throws: ``IndexError`` as a search does, and with `invalidParameter` where there are no queries, or codes do
    ///   not fit.
    /// - Complexity: O(queries · count · dimension / threads)
    public func measuringRecall(
        _ queries: FloatMatrix, threads: Int
    ) throws(IndexError) -> MeasuredRecall {
        guard codesFit else {
            throw IndexError(
                .invalidParameter,
                "So many other vectors have come since this index was built that its codes no longer fit, and "
                    + "searches are exact; build it again, and then tune it.")
        }
        var measured = try MeasuredRecall(
            of: hidingPending.withoutOutdated, with: queries, seed: parameters.seed,
            threads: threads)
        measured.changeCount = changesInGraph
        return measured
    }

    /// One walk for all numbers of neighbours.
    public func sampleSearch(
        _ sample: SampleQueries, threads: Int
    ) throws(IndexError) -> any SampleSearch {
        QueryLot(sample, self, threads: threads)
    }

    /// How many changes what is measured knows of: what waits is not measured, and is a change when it comes into the
    /// graph.
    var changesInGraph: Int { changeCount - pending.count }

    /// Whether so much has changed since recall was measured that it is measured again.
    ///
    /// - Parameter settling: whether somebody waits for everything to be done.
    func isRecallDue(settling: Bool) -> Bool {
        (parameters.measuresRecall || recall.queries != nil) && vertexCount > SampleRows.few
            && recall.isDue(after: changeCount, count: count, settling: settling)
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
