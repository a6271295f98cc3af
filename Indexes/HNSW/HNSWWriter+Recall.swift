import Synchronization
import VectorCore
import WorkerThreads

extension HNSWWriter {
    /// How many queries are enough to measure recall again; fewer of a small index, where few changes make that
    /// due.
    private static func wantedQueries(_ count: Int) -> Int { min(1000, max(250, count / 16)) }
    /// Fewer than so many do not replace what was measured with more: half of what a build would keep out of it.
    private static func leastQueries(_ count: Int) -> Int {
        min(250, RecallMeasurement.sampleSize(count) / 2)
    }
    /// So many removed vectors at least, where none has come that could be asked.
    private static let leastRemoved = 100

    /// Makes a version that knows what has been measured of its recall.
    func know(_ recall: MeasuredRecall, publish: (_ version: HNSWIndex) -> Void) {
        state.withLock { state in
            let version = state.version.with(recall)
            state.version = version
            publish(version)
        }
    }

    /// How many queries are still to be asked; 0 where recall is not to be measured again.
    func missingQueries(
        of index: HNSWIndex, _ measurement: RecallMeasurement?, settling: Bool
    ) -> Int {
        guard index.asksWhatComes(settling: settling) else { return 0 }
        return max(0, Self.wantedQueries(index.count) - (measurement?.queryCount ?? 0))
    }

    /// Asks rows that are put into the graph last, where recall is to be measured again.
    ///
    /// - Parameters:
    ///   - base: the newest version.
    ///   - step: has taken those out of the next graph that are replaced, near whose places searches would end
    ///     at once, and put the others in.
    ///   - graph: the next one.
    ///   - measurement: what has been measured of earlier ones; begun, continued, or nil once it is complete.
    /// - Returns: what is known then; nil where that is as before.
    func measureRecall(
        of base: HNSWIndex, _ step: FoldStep, _ graph: HNSWGraph,
        _ measurement: inout RecallMeasurement?, threads: Int, pace: WorkPace?
    ) throws(IndexError) -> MeasuredRecall? {
        guard base.asksWhatComes(settling: step.isComplete) else {
            measurement = nil
            return nil
        }
        var current = measurement ?? RecallMeasurement()
        let wanted = Self.wantedQueries(base.count)
        let index = base.asked(by: step, graph)
        try current.ask(
            base.ownVectors(step.asked.map { Int($0) }), ofAll: wanted, of: index,
            threads: threads, pause: { pace?.pause() })
        let isEnough =
            base.recallTable == nil || current.queryCount >= Self.leastQueries(base.count)
        guard current.queryCount >= wanted || step.isComplete && isEnough else {
            measurement = current
            return nil
        }
        measurement = nil
        return current.recall(.changes, of: index)
    }

    /// Asks the user's queries, or vectors that have been taken out of the graph, where recall is still to be
    /// measured again.
    ///
    /// - Parameters:
    ///   - version: what is searched now.
    ///   - removed: rows that are no longer in its graph, and that nobody writes to.
    ///   - settling: whether somebody waits for everything to be done.
    /// - Returns: what is known then; nil where that is as before.
    func measureRecall(
        of version: HNSWIndex, removed: [UInt32], settling: Bool, threads: Int, pace: WorkPace?
    ) throws(IndexError) -> MeasuredRecall? {
        guard version.isRecallDue(settling: settling), version.keepsVectors, version.codesFit else {
            return nil
        }
        if let queries = version.recall.queries {
            return try version.hidingPending.measuringRecall(queries, threads: threads)
        }
        guard removed.count >= Self.leastRemoved else { return nil }
        var measurement = RecallMeasurement()
        let asked = FoldStep.draw(Self.wantedQueries(version.count), of: removed, version)
        let index = version.hidingPending
        try measurement.ask(
            version.ownVectors(asked.map { Int($0) }), of: index, threads: threads,
            pause: { pace?.pause() })
        return measurement.recall(.changes, of: index)
    }
}

extension RecallMeasurement {
    /// What is known then; nil where there was nothing to find in the graph.
    fileprivate func recall(_ source: RecallTable.Source, of index: HNSWIndex) -> MeasuredRecall? {
        let table = table(source, count: index.count)
        guard !table.settings.isEmpty else { return nil }
        return MeasuredRecall(
            table: table, changeCount: index.changeCount,
            seconds: index.recall.seconds, queries: nil)
    }
}
