import Evaluation
import GraphConstruction
import VectorCore
import WorkerThreads

/// Vertices that are asked how well searches find, in a copy of the graph that is without them: a sample of all, since
/// whoever asks next may ask for what is old or new.
struct RecallSample {
    /// Those that are asked, in random order; none where they would be too few.
    let asked: [UInt32]
    /// All that the copy is without: those that are hidden too, as what replaced them would be found at once from there.
    private let left: RowSet
    /// All that it has.
    private let vertices: RowSet

    /// Draws them.
    ///
    /// - Parameter vertices: all rows that are in the graph.
    /// - Complexity: O(rows)
    init(of index: HNSWIndex, vertices: RowSet) {
        // Whatever equals one that is asked would be found at once.
        let originals = RowSet(of: index.equals.pairs.lazy.map(\.original))
        var shown = vertices
        shown.subtract(index.hidden)
        shown.subtract(originals)
        asked = SampleRows.changed(
            shown, of: index.count, replacing: index.recallTable,
            seed: UInt64(index.changeCount))
        var left = index.hidden
        left.formIntersection(vertices)
        left.subtract(originals)
        for row in asked { left.insert(row) }
        var others = vertices
        others.subtract(left)
        self.left = left
        self.vertices = others
    }

    /// Asks them.
    ///
    /// - Parameters:
    ///   - index: what they are drawn from.
    ///   - graph: a copy of its graph, which nobody else sees.
    /// - Returns: what is known then; nil where there was nothing to find.
    /// - Throws: ``IndexError`` as a search does.
    func measure(
        _ index: HNSWIndex, _ graph: HNSWGraph, threads: Int, pace: WorkPace?
    ) throws(IndexError) -> MeasuredRecall? {
        _ = GraphRepair(
            graph: graph, vectors: index.rows, threads: threads, scratches: index.scratches,
            gone: left, pace: pace, onlyReplaces: true
        ).run()
        let entry =
            vertices.contains(index.entry)
            ? index.entry : vertices.rows.max { graph.level(of: $0) < graph.level(of: $1) }
        guard let entry else { return nil }
        let asking = index.asking(
            asked, in: graph, entry: entry, vertexCount: vertices.count)
        var measurement = RecallMeasurement(HNSWDefinition.efSearch)
        try measurement.ask(
            index.ownVectors(asked.map { Int($0) }), of: asking, threads: threads,
            pause: { pace?.pause() })
        let table = measurement.table(.changes, count: asking.count)
        guard !table.settings.isEmpty else { return nil }
        return MeasuredRecall(
            table: table, changeCount: index.changesInGraph, seconds: index.recall.seconds,
            queries: nil)
    }
}
