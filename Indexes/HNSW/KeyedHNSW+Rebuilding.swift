import Evaluation
import IndexDefinitions
import Locks
import MappedStorage
import VectorCore

extension KeyedHNSW {
    /// Builds the index anew where it has outgrown its graph, for one caller at a time.
    ///
    /// Where it fails, as vectors may be such that none can be built, it is tried again after more changes.
    ///
    /// - Parameter retrying: whether it is tried at once.
    /// - Returns: whether the index was built anew.
    func rebuildIfBetter(threads: Int, retrying: Bool = false) throws(IndexError) -> Bool {
        let version = now
        guard let reason = version.writer.rebuildReason else { return false }
        let changes = version.index.changeCount
        if !retrying, let failure = keeper.withLock({ $0.failure }),
            changes - failure.changes < max(Self.fewChanges, version.index.count / 8)
        {
            return false
        }
        do throws(IndexError) {
            try rebuild(from: version, threads: threads)
        } catch {
            keeper.withLock { $0.failure = (error, changes) }
            throw error
        }
        keeper.withLock { keeper in
            keeper.rebuilds[reason, default: 0] += 1
            keeper.failure = nil
        }
        return true
    }

    /// So few changes do not make a build possible that was not before.
    private static let fewChanges = 256

    /// Builds the index anew and makes the changes in it that come meanwhile.
    private func rebuild(from base: Version, threads: Int) throws(IndexError) {
        let rows = base.index.shown.rows
        guard !rows.isEmpty else { return }
        var index = try HNSWIndex.build(
            base.index.ownVectors(rows.map { Int($0) }), metric: base.index.metric,
            parameters: base.index.parameters, threads: threads)
        if let queries = base.index.recall.queries {
            index = index.with(try index.measuringRecall(queries, threads: threads))
        }
        let writer = HNSWWriter(index)
        try keeper.withLock { keeper throws(IndexError) in
            let now = self.now
            // A slot that `base` shows has not got another vector since.
            let removed = rows.indices.filter { now.index.hidden.contains(rows[$0]) }
            var later = now.index.shown
            later.subtract(base.index.shown)
            let added = later.rows
            var ids = try RowIDs(rows.map { now.ids[$0] })
            try writer.change(
                removing: removed.map { UInt32($0) },
                adding: added.isEmpty ? nil : now.index.ownVectors(added.map { Int($0) })
            ) { (index, places) throws(IndexError) in
                ids = try ids.placing(added.map { now.ids[$0] }, at: places)
                publish(Version(index: index, ids: ids, writer: writer))
            }
            let made = self.now
            keeper.table.fill(made.index.shown.rows, made.ids)
        }
    }
}
