public import Evaluation
import LinearAlgebra
import Locks
public import MappedStorage
public import VectorCore
import WorkerThreads

/// What makes any index one that changes: rows that go are hidden, and vectors that come are scanned beside it.
///
/// Once they are many, the index is built anew in the background, if its kind allows that. It is the way that
/// every kind has from its first day; a kind that can do better has its own.
public final class Overlay: LivingIndex {
    /// A version and what it is made of.
    struct State: Sendable {
        /// The index, or nil where all vectors are scanned.
        var base: (any FileBackedIndex)?
        var hiddenInBase = RowSet()
        var beside: ScannedVectors
        var ids: RowIDs
        var version: IndexVersion

        var baseRows: Int { base?.rowCount ?? 0 }

        /// The same with its version made of the rest.
        func made() -> State {
            var state = self
            if let base {
                let isAsBuilt = hiddenInBase.isEmpty && beside.rowCount == 0
                state.version = IndexVersion(
                    isAsBuilt
                        ? base : OverlaidIndex(base, hiding: hiddenInBase, beside: beside),
                    ids: ids)
            } else {
                state.version = IndexVersion(beside, ids: ids)
            }
            return state
        }
    }

    struct Keeper: Sendable {
        var table = RowTable()
        /// The process whose background works, as ``Forks/generation`` says; another one's thread is not there.
        var worker: UInt64?
        /// How many changes there were when building the index anew failed, and why.
        var failure: (error: IndexError, changes: Int)?
        var changes = 0
        var rebuilds = 0
    }

    /// The kind of what is built anew, and what it is built with.
    let definition: any IndexDefinition
    let parameters: IndexParameters
    let metric: DistanceMetric
    private let current: Lock<State>
    /// Held by whoever changes something.
    let keeper = Lock(Keeper())
    /// Held by whoever builds the index anew.
    let building = Turn()

    /// Begins with an index, which stays as it is.
    ///
    /// - Parameters:
    ///   - index: without hidden rows.
    ///   - ids: of its rows, each once.
    ///   - scanned: its vectors, where it does nothing but scan them; so they are not kept apart.
    public init(_ index: any FileBackedIndex, ids: RowIDs, scanned: ScannedVectors? = nil) {
        definition = index.definition
        parameters = index.rebuiltWith
        metric = index.metric
        let none = FloatMatrix([], columns: index.dimension)
        let beside =
            scanned ?? ScannedVectors(ExactSearch(none, metric: index.metric))
        current = Lock(
            State(
                base: scanned == nil ? index : nil, beside: beside, ids: ids,
                version: IndexVersion(index, ids: ids)
            ).made())
    }

    var state: State { current.withLock { $0 } }

    /// What the next search sees.
    public var version: IndexVersion { current.withLock { $0.version } }
    /// Bytes of the table of ids.
    public var byteCount: Int { keeper.withLock { $0.table.byteCount } }
    /// Why building the index anew failed last; nil where it did not.
    public var fault: IndexError? { keeper.withLock { $0.failure?.error } }
    /// How often the index was built anew.
    public var rebuilds: [RebuildReason: Int] {
        let count = keeper.withLock { $0.rebuilds }
        return count == 0 ? [:] : [.changes: count]
    }

    /// Makes a change: all of it or, where this throws, nothing.
    ///
    /// - Complexity: O(vectors · dimension + count / 64) on average
    public func change(_ change: IndexChange) throws(ChangeError) {
        try keeper.withLock { keeper throws(ChangeError) in
            let state = self.state
            if !keeper.table.isFilled {
                keeper.table.fill(state.version.index.shown.rows, state.ids)
            }
            let decided = try change.decided(&keeper.table)
            do throws(IndexError) {
                try apply(decided, to: state, &keeper)
            } catch {
                throw ChangeError(error)
            }
            startWork(&keeper)
        }
    }

    private func apply(
        _ change: DecidedChange, to state: State, _ keeper: inout Keeper
    ) throws(IndexError) {
        var next = state
        let first = UInt32(state.baseRows)
        let places = UInt32(state.ids.count)
        let removed = change.removed.compactMap { keeper.table.row(of: $0) }
        if let added = change.added {
            next.beside = try next.beside.adding(added)
            next.ids = try next.ids.appending(change.ids)
        }
        next.hiddenInBase.formUnion(removed.lazy.filter { $0 < first })
        let gone = removed.filter { $0 >= first }
        if !gone.isEmpty { next.beside = next.beside.hiding(gone.map { $0 - first }) }
        let isDense = try Self.densify(&next)
        keeper.table.remove(change.removed)
        keeper.table.insert(change.ids, places...)
        publish(next.made())
        if isDense { keeper.table.fill(version.index.shown.rows, next.ids) }
        keeper.changes += removed.count + change.ids.count
    }

    /// Gives up the memory of removed vectors that were scanned, once they are many.
    ///
    /// - Returns: whether rows have other numbers now.
    private static func densify(_ state: inout State) throws(IndexError) -> Bool {
        // Enough that copying the others costs little a removal, and few enough that searches do not notice.
        guard state.beside.hidden.count > max(64, state.beside.rowCount / 8) else { return false }
        let (dense, kept) = try state.beside.dense()
        let base = (0..<UInt32(state.baseRows)).map { state.ids[$0] }
        let first = UInt32(state.baseRows)
        state.ids = try RowIDs(base + kept.map { state.ids[first + $0] })
        state.beside = dense
        return true
    }

    func publish(_ state: State) {
        // The old one may be large, and is let go of outside the lock.
        _ = current.withLock { current in
            let old = current
            current = state
            return old
        }
    }

    /// Measures with queries of the user's how well searches of the index find; what is scanned beside it is found.
    public func measuringRecall(
        _ queries: FloatMatrix, threads: Int, reading source: (RowIDs) -> any RowVectors
    ) throws(IndexError) -> MeasuredRecall {
        try measurable().readable(source, state.ids).measuringRecall(queries, threads: threads)
    }

    /// The index; what is only scanned has none, and is exact.
    private func measurable() throws(IndexError) -> any FileBackedIndex {
        guard let base = state.base else { throw .nothingToTune(definition.kind) }
        return base
    }

    /// Builds the index anew where much has changed.
    ///
    /// - Throws: ``IndexError`` as building throws.
    public func settle(threads: Int) throws(IndexError) {
        while try rebuildIfDue(threads: threads, retrying: true) {}
    }

    /// Measures with queries of the user's how well searches of the index find; what is scanned beside it is found.
    public func tune(_ queries: FloatMatrix, threads: Int) throws(IndexError) {
        try building.withTurn { () throws(IndexError) in
            let measured = try measurable()
            let recall = try measured.measuringRecall(queries, threads: threads)
            keeper.withLock { _ in
                var next = state
                next.base = measured.with(recall)
                publish(next.made())
            }
        }
    }

    /// The index as it is where nothing has changed, or else one that is built of what is there.
    public func dense(
        threads: Int
    ) throws(IndexError) -> (index: any FileBackedIndex, ids: [UInt64]) {
        let state = self.state
        let rows = state.version.index.shown.rows
        let ids = rows.map { state.ids[$0] }
        if let base = state.base, state.hiddenInBase.isEmpty, state.beside.rowCount == 0 {
            return (base, ids)
        }
        return (try rebuilt(state, rows, threads: threads), ids)
    }
}
