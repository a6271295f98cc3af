import Evaluation
import LinearAlgebra
import Locks
import MappedStorage
import VectorCore
import WorkerThreads

extension Overlay {
    /// So few changes are scanned, however small the index is.
    private static let fewChanges = 1024
    /// And so large a share of its rows.
    private static let share = 4

    /// Whether so much has changed that the index is better built anew.
    private static func isDue(_ state: State) -> Bool {
        guard let base = state.base, base.definition.isRebuilt, base.keepsVectors else {
            return false
        }
        let changes = state.hiddenInBase.count + state.beside.rowCount
        return changes > max(fewChanges, base.rowCount / share)
    }

    /// Has the index built anew in the background where that is due and nobody does it.
    func startWork(_ keeper: inout Keeper) {
        guard keeper.worker != Forks.generation, Self.isDue(state), !hasJustFailed(keeper)
        else { return }
        keeper.worker =
            WorkerThreads.detach { [self] in
                // What fails is kept, for whoever asks.
                while let isBuilt = try? rebuildIfDue(threads: 1, retrying: false), isBuilt {}
                self.keeper.withLock { keeper in
                    keeper.worker = nil
                    // What came while this ended is not left lying.
                    self.startWork(&keeper)
                }
            } ? Forks.generation : nil
    }

    /// Whether building has failed, and little has changed since.
    private func hasJustFailed(_ keeper: Keeper) -> Bool {
        guard let failure = keeper.failure else { return false }
        return keeper.changes - failure.changes < max(Self.fewChanges, version.count / 8)
    }

    /// Builds the index anew where that is due, for one caller at a time.
    ///
    /// - Parameter retrying: whether it is tried at once where it has just failed.
    /// - Returns: whether it was built.
    func rebuildIfDue(threads: Int, retrying: Bool) throws(IndexError) -> Bool {
        try building.withTurn { () throws(IndexError) in
            let base = state
            let hasFailed = keeper.withLock { hasJustFailed($0) }
            guard Self.isDue(base), retrying || !hasFailed else { return false }
            do throws(IndexError) {
                let rows = base.version.index.shown.rows
                let index = try rebuilt(base, rows, threads: threads)
                try replace(base, rows, by: index)
            } catch {
                keeper.withLock { $0.failure = (error, $0.changes) }
                throw error
            }
            return true
        }
    }

    /// An index with the same parameters of some rows of a version.
    func rebuilt(
        _ state: State, _ rows: [UInt32], threads: Int
    ) throws(IndexError) -> any FileBackedIndex {
        let vectors: FloatMatrix
        if let index = state.version.index as? OverlaidIndex {
            vectors = try index.vectors(of: rows)
        } else if let base = state.base {
            vectors = try base.vectors(of: rows)
        } else {
            vectors = state.beside.vectors(of: rows)
        }
        let built = try definition.build(
            vectors, metric: metric,
            options: BuildOptions(
                parameters: parameters, threads: threads, isCancelled: { false }))
        // Once the user has given queries, those alone count.
        guard let queries = state.base?.recall.queries else { return built }
        return built.with(try built.measuringRecall(queries, threads: threads))
    }

    /// Puts a new index in the place of the present one, with what has changed while it was built.
    ///
    /// - Parameter rows: the rows of `base` that it was built of.
    private func replace(
        _ base: State, _ rows: [UInt32], by index: any FileBackedIndex
    ) throws(IndexError) {
        try keeper.withLock { keeper throws(IndexError) in
            let now = state
            var places: [UInt64: UInt32] = [:]
            for (place, row) in rows.enumerated() { places[base.ids[row]] = UInt32(place) }
            // A row of the base that shows is the one that it was; a scanned one may have another number by now.
            var (kept, added): (RowSet, [UInt32]) = (RowSet(), [])
            for row in now.version.index.shown.rows {
                let id = now.ids[row]
                if let place = places[id], now.isSame(row, as: base, rows[Int(place)]) {
                    kept.insert(place)
                } else {
                    added.append(row)
                }
            }
            let first = UInt32(now.baseRows)
            let scanned = now.beside.vectors(of: added.map { $0 - first })
            var hidden = RowSet(all: rows.count)
            hidden.subtract(kept)
            let none = FloatMatrix([], columns: index.dimension)
            let empty = ScannedVectors(ExactSearch(none, metric: index.metric))
            let next = State(
                base: index, hiddenInBase: hidden,
                beside: added.isEmpty ? empty : try empty.adding(scanned),
                ids: try RowIDs(rows.map { base.ids[$0] } + added.map { now.ids[$0] }),
                version: now.version
            ).made()
            publish(next)
            keeper.table.fill(next.version.index.shown.rows, next.ids)
            keeper.failure = nil
            keeper.rebuilds += 1
        }
    }
}

extension Overlay.State {
    /// Whether a row has the vector that a row of an earlier state has, and the same id.
    fileprivate func isSame(_ row: UInt32, as other: Overlay.State, _ otherRow: UInt32) -> Bool {
        let (first, otherFirst) = (UInt32(baseRows), UInt32(other.baseRows))
        guard (row < first) == (otherRow < otherFirst) else { return false }
        guard row >= first else { return row == otherRow }
        let (left, right) = (beside.vectors, other.beside.vectors)
        return left[Int(row - first)].hasEqualBits(right[Int(otherRow - otherFirst)])
    }
}
