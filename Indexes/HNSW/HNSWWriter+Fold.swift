import Evaluation
import GraphConstruction
import Locks
public import VectorCore
public import WorkerThreads

extension HNSWWriter {
    /// Puts the rows that wait into the graph and, when they are many, takes the hidden ones out.
    ///
    /// Changes and searches go on meanwhile. Where it fails, the versions stay as they are; where only the
    /// measuring fails, the new graph is published with what was known of recall before.
    ///
    /// - Parameters:
    ///   - threads: how many threads work.
    ///   - pace: how fast one thread works beside others; nil for as fast as can be.
    ///   - least: how many rows must wait to be put into the graph, at least.
    ///   - completely: whether all hidden rows are taken out, few or many.
    ///   - measures: whether recall is measured again where that is due.
    /// - Returns: whether there was anything to do.
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    /// - Complexity: about O(waiting · efConstruction · m · dimension), and O(rows · m) where hidden
    ///   rows are taken out
    @discardableResult
    public func fold(
        threads: Int = 1, pace: WorkPace? = nil, least: Int = 1, completely: Bool = false,
        measures: Bool = true, publish: (_ version: HNSWIndex) -> Void = { _ in }
    ) throws(IndexError) -> Bool {
        try turn.withTurn { () throws(IndexError) in
            let folding = self.folding.withLock { $0 }
            let base = version
            var step = FoldStep(
                base, folding, threads: threads, pace: pace, completely: completely)
            guard step.isWorthwhile(least: least) else {
                if measures, completely {
                    // Slots are written to when nobody has the version's graph any more.
                    let recall = try withExtendedLifetime(base.graph) { () throws(IndexError) in
                        try Self.recallAgain(
                            of: base, in: (folding.current, folding.vertices), settling: true,
                            threads, pace)
                    }
                    if let recall { know(recall, publish: publish) }
                }
                return false
            }
            var next = try takeSpare(folding, pace)
            try step.unlink(&next)
            let graph = next.graph
            step.insert(graph)
            // Until a graph that has changed much has been measured, what waits is scanned as before.
            let recall = Result { () throws(IndexError) in
                guard measures else { return MeasuredRecall?.none }
                return try withExtendedLifetime(base.graph) { () throws(IndexError) in
                    try Self.recallAgain(
                        of: base.folded(
                            graph, step.entry, vertexCount: step.vertices.count,
                            equals: step.equals(with: base.equals, hiding: base.hidden)),
                        in: (next, step.vertices), settling: completely, threads, pace)
                }
            }
            let done = RowSet(of: step.waiting)
            // A child that is forked in between would have a graph that its next fold knows nothing of.
            Forks.holding {
                state.withLock { state in
                    show(graph, step, done, try? recall.get(), in: &state)
                    state.spareByteCount = folding.current.byteCount
                    publish(state.version)
                }
                self.folding.withLock {
                    $0 = Folding(
                        current: next,
                        spare: Folding.Spare(
                            buffer: folding.current, graph: base.graph, changed: step.changed),
                        vertices: step.vertices, unproven: step.unproven,
                        generator: step.generator)
                }
            }
            _ = try recall.get()
            return true
        }
    }

    /// Makes a version with a new graph.
    ///
    /// - Parameter done: the rows that waited and are in the graph.
    private func show(
        _ graph: HNSWGraph, _ step: FoldStep, _ done: RowSet, _ recall: MeasuredRecall?,
        in state: inout State
    ) {
        let now = state.version
        let hidden = now.hidden
        let unused = state.slots.unused
        state.slots.retire(
            hidden.rows.filter { !unused.contains($0) && !step.vertices.contains($0) },
            after: now.graph)
        state.version = Self.version(
            like: now, state.memory, graph: graph, entry: step.entry,
            isolated: now.isolated.filter { !hidden.contains($0) },
            isolatedAreZero: now.isolatedAreZero,
            equals: step.equals(with: now.equals, hiding: hidden), hidden: hidden,
            pending: now.pending.filter { !done.contains($0) },
            vertexCount: step.vertices.count, changes: 0, codesFit: now.codesFit,
            recall: recall)
    }

    /// Memory that is like the current graph and that nobody searches.
    private func takeSpare(
        _ folding: Folding, _ pace: WorkPace?
    ) throws(IndexError) -> GraphBuffer {
        // What is left of it where this is cut off is of no use to anybody.
        self.folding.withLock { $0.spare = nil }
        guard let spare = folding.spare else { return try GraphBuffer(copying: folding.current) }
        // Searches end soon, and a copy of the graph costs them more than it does to wait for that.
        guard
            WorkerThreads.wait(milliseconds: Self.longestWait, until: { spare.graph == nil })
        else {
            return try GraphBuffer(copying: folding.current)
        }
        var buffer = spare.buffer
        try buffer.follow(folding.current, changed: spare.changed.rows) { pace?.pause() }
        return buffer
    }

    private static let longestWait = 50
}
