public import Evaluation
public import IndexDefinitions
import Locks
public import MappedStorage
public import VectorCore
import WorkerThreads

/// An index whose vectors have ids, and that takes in and gives up vectors while it is searched.
///
/// Changes are seen by the next search. What they leave for later, links and empty slots, is done by a
/// thread in the background; where changes come faster than it works, they may wait for it. An index that
/// has outgrown its graph is built anew there, and takes its place.
public final class KeyedHNSW: LivingIndex {
    /// What a search sees, and who makes the next version of this index.
    package struct Version: Sendable {
        /// The index.
        package let index: HNSWIndex
        /// The id of every row.
        package let ids: RowIDs
        let writer: HNSWWriter
    }

    struct Keeper: Sendable {
        var table = RowTable()
        /// The process whose background works, as ``Forks/generation`` says; another one's thread is not there.
        var worker: UInt64?
        /// Changes since work was last begun.
        var changes = 0
        /// Why the last work failed.
        var fault: IndexError?
        /// Why building the index anew failed last, and after how many changes; nil once it has been done.
        var failure: (error: IndexError, changes: Int)?
        /// How often the index was built anew, by reason.
        var rebuilds: [RebuildReason: Int] = [:]
    }

    private let current: Lock<Version>
    /// Held by whoever changes something.
    let keeper: Lock<Keeper>
    /// Held by whoever puts changes into the graph, so that two do not build it anew.
    private let working = Turn()
    private let waits: Bool
    private let pace = WorkPace()

    /// So many rows are scanned at least before they are put into the graph.
    private static let leastWaiting = 64
    /// When so many rows wait, they are put into the graph as fast as can be.
    private static let urgentWaiting = 1024
    /// Changes wait when so many rows, or such a share of all, wait to be put into the graph.
    private static let mostWaiting = 4096
    private static let mostWaitingShare = 20

    /// Begins with an index, which stays as it is.
    ///
    /// - Parameters:
    ///   - index: without hidden rows.
    ///   - ids: of its rows, each once.
    ///   - waits: whether changes wait where they come faster than the background works; else they are
    ///     scanned, however many they are.
    /// - Complexity: O(count), and O(count · dimension) unless the index was scanned before
    public init(_ index: HNSWIndex, ids: RowIDs, waits: Bool = true) {
        var keeper = Keeper()
        keeper.table.fill(0..<UInt32(index.rowCount), ids)
        self.keeper = Lock(keeper)
        self.waits = waits
        current = Lock(Version(index: index, ids: ids, writer: HNSWWriter(index)))
    }

    /// What the next search sees.
    public var version: IndexVersion {
        let now = current.withLock { $0 }
        return IndexVersion(now.index, ids: now.ids)
    }

    /// What the next search sees, as the graph that it is.
    package var now: Version { current.withLock { $0 } }

    /// Bytes of what versions do not count: the table of ids, and the graph that is not searched.
    public var byteCount: Int {
        keeper.withLock { $0.table.byteCount } + now.writer.spareByteCount
    }

    /// Why the last work in the background failed, or nil.
    public var fault: IndexError? { keeper.withLock { $0.fault ?? $0.failure?.error } }

    /// How often the index was built anew in the background, by reason.
    public var rebuilds: [RebuildReason: Int] { keeper.withLock { $0.rebuilds } }

    /// Makes a change: all of it or, where this throws, nothing.
    ///
    /// - Complexity: O((removed + added) · dimension + count / 64) on average
    public func change(_ change: IndexChange) throws(ChangeError) {
        try keeper.withLock { keeper throws(ChangeError) in
            let decided = try change.decided(&keeper.table)
            do throws(IndexError) {
                try apply(decided, &keeper)
            } catch {
                throw ChangeError(error)
            }
            startWork(&keeper)
        }
        do throws(IndexError) {
            try keepUp()
        } catch {
            // The change is made; what waits is scanned, and whoever asks for the fault learns why.
            keeper.withLock { $0.fault = error }
        }
    }

    private func apply(_ change: DecidedChange, _ keeper: inout Keeper) throws(IndexError) {
        let version = now
        let removed = change.removed.compactMap { keeper.table.row(of: $0) }
        precondition(removed.count == change.removed.count)
        precondition((change.added?.rows ?? 0) == change.ids.count)
        var places: [UInt32] = []
        try version.writer.change(removing: removed, adding: change.added) {
            (index, rows) throws(IndexError) in
            let ids = try version.ids.placing(change.ids, at: rows)
            places = rows
            publish(Version(index: index, ids: ids, writer: version.writer))
        }
        keeper.table.remove(change.removed)
        keeper.table.insert(change.ids, places)
        pace.setUrgency(
            Double(now.index.pending.count) / Double(Self.urgentWaiting))
        keeper.changes += removed.count + change.ids.count
    }

    func publish(_ version: Version) {
        // The old one may be large, and is let go of outside the lock.
        _ = current.withLock { current in
            let old = current
            current = version
            return old
        }
    }

    private func startWork(_ keeper: inout Keeper) {
        guard keeper.worker != Forks.generation, keeper.changes >= Self.leastWaiting else { return }
        keeper.changes = 0
        keeper.worker = WorkerThreads.detach { [self] in work() } ? Forks.generation : nil
    }

    /// Puts everything into the graph that waits, until nothing does.
    private func work() {
        var fault: IndexError?
        do throws(IndexError) {
            while try workOnce(threads: 1, least: Self.leastWaiting) {}
        } catch {
            fault = error
        }
        let now = fault
        keeper.withLock { keeper in
            keeper.worker = nil
            keeper.fault = now
            // What came while this ended is not left lying.
            if now == nil { startWork(&keeper) }
        }
    }

    /// Waits where more has come than is good for searches.
    private func keepUp() throws(IndexError) {
        guard waits else { return }
        let index = now.index
        let most = max(Self.mostWaiting, index.count / Self.mostWaitingShare)
        guard index.pending.count > most else { return }
        try pace.hurrying { () throws(IndexError) in
            _ = try workOnce(threads: WorkerThreads.availableCores, least: most)
        }
    }

    /// Builds the index anew where that is better, else puts what waits into the graph.
    ///
    /// - Returns: whether there was anything to do.
    private func workOnce(
        threads: Int, least: Int, retrying: Bool = false
    ) throws(IndexError) -> Bool {
        try working.withTurn { () throws(IndexError) in
            do throws(IndexError) {
                if try rebuildIfBetter(threads: threads, retrying: retrying) { return true }
            } catch {
                // Where the codes fit, the index as it is can go on.
                guard now.index.codesFit else { throw error }
            }
            let version = now
            // Links that are chosen by codes that do not fit would lead nowhere.
            guard version.index.codesFit else { return false }
            return try fold(version.writer, threads: threads, least: least)
        }
    }

    private func fold(
        _ writer: HNSWWriter, threads: Int, least: Int, completely: Bool = false,
        measures: Bool = true
    ) throws(IndexError) -> Bool {
        try writer.fold(
            threads: threads, pace: pace, least: least, completely: completely,
            measures: measures
        ) { index in
            // Nobody else publishes versions of this writer meanwhile.
            publish(Version(index: index, ids: now.ids, writer: writer))
        }
    }

    /// Measures with queries of the user's how well searches find, and from then on with those alone.
    ///
    /// - Parameters:
    ///   - queries: shape (queries, dimension), not among the vectors.
    ///   - threads: how many threads work.
    /// - Throws: ``IndexError`` as ``HNSWIndex/measuringRecall(_:threads:)`` does.
    public func tune(_ queries: FloatMatrix, threads: Int) throws(IndexError) {
        try working.withTurn { () throws(IndexError) in
            if !now.index.codesFit {
                _ = try rebuildIfBetter(threads: threads, retrying: true)
            }
            let version = now
            let recall = try version.index.measuringRecall(queries, threads: threads)
            version.writer.know(recall) { index in
                publish(Version(index: index, ids: now.ids, writer: version.writer))
            }
        }
    }

    /// Puts everything into the graph and takes everything hidden out of it, and builds the index anew
    /// where that is better; when it returns, all that came before it was called is done.
    ///
    /// - Throws: ``IndexError`` with `system` where there is no memory; where codes no longer fit, what building
    ///   the index anew throws: then answers are exact as before.
    public func settle(threads: Int) throws(IndexError) {
        try pace.hurrying { () throws(IndexError) in
            var isFirst = true
            while try workOnce(threads: threads, least: 1, retrying: isFirst) { isFirst = false }
        }
        try merge(threads: threads, measures: true)
        keeper.withLock { $0.fault = nil }
    }

    /// Measures with queries of the user's how well searches find, once everything that waits is in the graph.
    public func measuringRecall(
        _ queries: FloatMatrix, threads: Int, reading source: (RowIDs) -> any RowVectors
    ) throws(IndexError) -> MeasuredRecall {
        try merge(threads: threads, measures: false)
        let now = self.now
        return try now.index.readable(source, now.ids).measuringRecall(queries, threads: threads)
    }

    /// Puts everything into the graph that waits, and takes out what is hidden; nothing is built anew.
    ///
    /// - Parameter measures: whether recall is measured again where that is due.
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    private func merge(threads: Int, measures: Bool) throws(IndexError) {
        try pace.hurrying { () throws(IndexError) in
            try working.withTurn { () throws(IndexError) in
                guard now.index.codesFit else { return }
                _ = try fold(
                    now.writer, threads: threads, least: 1, completely: true,
                    measures: measures)
            }
        }
    }

    /// The newest version without empty slots, and the id of each of its rows.
    ///
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    /// - Complexity: O(bytes), and what has been left for later
    public func dense(
        threads: Int
    ) throws(IndexError) -> (index: any FileBackedIndex, ids: [UInt64]) {
        try pace.hurrying { () throws(IndexError) in
            try working.withTurn { () throws(IndexError) in
                // Where that fails it is written as it is; codes that do not fit are marked in the file.
                if !now.index.codesFit {
                    _ = try? rebuildIfBetter(threads: threads, retrying: true)
                }
                let (index, base, rows) = try now.writer.dense(threads: threads)
                // Rows that an existing version shows keep their ids.
                let ids = now.ids
                return withExtendedLifetime(base) { (index, rows.map { ids[$0] }) }
            }
        }
    }
}
