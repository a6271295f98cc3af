import Synchronization
import VectorCore
import WorkerThreads

extension HNSWWriter {
    /// Queries that are enough to measure recall with again.
    private static let wantedQueries = 250
    /// So many removed vectors at least, where none has come that could be asked.
    private static let leastRemoved = 64

    /// Makes a version that knows what has been measured of its recall.
    func know(_ recall: MeasuredRecall, publish: (_ version: HNSWIndex) -> Void) {
        state.withLock { state in
            let version = state.version.with(recall)
            state.version = version
            publish(version)
        }
    }

    /// Asks vectors that wait to be put into the graph, where recall is to be measured again.
    ///
    /// - Parameters:
    ///   - waiting: rows that are not in the graph.
    ///   - measurement: what has been measured of earlier ones; begun, continued, or nil once it is complete.
    /// - Returns: what is known then; nil where that is as before.
    func measureRecall(
        of base: HNSWIndex, _ waiting: [UInt32], _ measurement: inout RecallMeasurement?,
        threads: Int, pace: WorkPace?
    ) throws(IndexError) -> MeasuredRecall? {
        guard base.isRecallDue, base.recall.queries == nil, base.keepsVectors, base.codesFit else {
            return nil
        }
        var current = measurement ?? RecallMeasurement()
        let asked = waiting.prefix(max(0, Self.wantedQueries - current.queryCount))
        try current.ask(
            base.ownVectors(asked.map { Int($0) }), of: base.hidingPending, threads: threads,
            pause: { pace?.pause() })
        guard current.queryCount >= Self.wantedQueries else {
            measurement = current
            return nil
        }
        measurement = nil
        return current.recall(.changes, of: base)
    }

    /// Asks the user's queries, or vectors that have been taken out of the graph, where recall is still to be
    /// measured again.
    ///
    /// - Parameters:
    ///   - version: what is searched now.
    ///   - removed: rows that are no longer in its graph, and that nobody writes to.
    /// - Returns: what is known then; nil where that is as before.
    func measureRecall(
        of version: HNSWIndex, removed: [UInt32], threads: Int, pace: WorkPace?
    ) throws(IndexError) -> MeasuredRecall? {
        guard version.isRecallDue, version.keepsVectors, version.codesFit else { return nil }
        if let queries = version.recall.queries {
            return try version.hidingPending.measuringRecall(queries, threads: threads)
        }
        guard removed.count >= Self.leastRemoved else { return nil }
        var measurement = RecallMeasurement()
        let asked = removed.prefix(Self.wantedQueries)
        try measurement.ask(
            version.ownVectors(asked.map { Int($0) }), of: version.hidingPending, threads: threads,
            pause: { pace?.pause() })
        return measurement.recall(.changes, of: version)
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

extension HNSWIndex {
    /// This index without the rows that it scans until they are in the graph.
    var hidingPending: HNSWIndex {
        guard !pending.isEmpty else { return self }
        var hidden = hidden
        for row in pending { hidden.insert(row) }
        return with(recall, hiding: hidden, pending: [])
    }
}
