import Locks
public import MappedStorage
public import VectorCore
import WorkerThreads

/// An index whose vectors have ids, and that takes in and gives up vectors while it is searched.
///
/// Changes are seen by the next search. What they leave for later, links and empty slots, is done by a
/// thread in the background; where changes come faster than it works, they may wait for it. An index that
/// has outgrown its graph is built anew there, and takes its place.
public final class KeyedHNSW: Sendable {
    /// What a search sees: an index, and the ids of its rows.
    public struct Version: Sendable {
        /// The index.
        public let index: HNSWIndex
        /// The id of every row.
        public let ids: RowIDs
        /// Who makes the next version of this index.
        let writer: HNSWWriter
    }

    /// Vectors that go and vectors that come.
    public struct Change: Sendable {
        /// Ids that are there, each once.
        public var removed: [UInt64]
        /// Shape (added, dimension), finite; or nil for none.
        public var added: FloatMatrix?
        /// The ids of those, each once and none that is there and stays.
        public var ids: [UInt64]

        /// Describes a change.
        public init(removed: [UInt64] = [], added: FloatMatrix? = nil, ids: [UInt64] = []) {
            self.removed = removed
            self.added = added
            self.ids = ids
        }
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
    public var version: Version { current.withLock { $0 } }

    /// Bytes of what versions do not count: the table of ids, and the graph that is not searched.
    public var byteCount: Int {
        keeper.withLock { $0.table.byteCount } + version.writer.spareByteCount
    }

    /// Why the last work in the background failed, or nil.
    public var fault: IndexError? { keeper.withLock { $0.fault ?? $0.failure?.error } }

    /// How often the index was built anew in the background, by reason.
    public var rebuilds: [RebuildReason: Int] { keeper.withLock { $0.rebuilds } }

    /// Makes a change that is decided on while nobody else makes one.
    ///
    /// - Parameters:
    ///   - decide: gets the table of ids, and says what to change.
    ///   - failure: turns an error of the index into one of the caller's: `dimensionMismatch`,
    ///     `notFinite`, `invalidParameter` where there would be too many vectors, `system` where there
    ///     is no memory. Then nothing has changed.
    /// - Complexity: O((removed + added) · dimension + count / 64) on average
    public func change<Failure: Error>(
        deciding decide: (inout RowTable) throws(Failure) -> Change,
        failure: (IndexError) -> Failure
    ) throws(Failure) {
        try keeper.withLock { keeper throws(Failure) in
            let change = try decide(&keeper.table)
            do throws(IndexError) {
                try apply(change, &keeper)
            } catch {
                throw failure(error)
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

    private func apply(_ change: Change, _ keeper: inout Keeper) throws(IndexError) {
        let version = self.version
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
            Double(self.version.index.pending.count) / Double(Self.urgentWaiting))
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
        let index = version.index
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
                guard version.index.codesFit else { throw error }
            }
            let version = self.version
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
            publish(Version(index: index, ids: version.ids, writer: writer))
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
            if !self.version.index.codesFit {
                _ = try rebuildIfBetter(threads: threads, retrying: true)
            }
            let version = self.version
            let recall = try version.index.measuringRecall(queries, threads: threads)
            version.writer.know(recall) { index in
                publish(Version(index: index, ids: self.version.ids, writer: version.writer))
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

    /// Puts everything into the graph that waits, and takes out what is hidden; nothing is built anew.
    ///
    /// - Parameter measures: whether recall is measured again where that is due.
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    package func merge(threads: Int, measures: Bool) throws(IndexError) {
        try pace.hurrying { () throws(IndexError) in
            try working.withTurn { () throws(IndexError) in
                guard version.index.codesFit else { return }
                _ = try fold(
                    version.writer, threads: threads, least: 1, completely: true,
                    measures: measures)
            }
        }
    }

    /// The newest version without empty slots, and the id of each of its rows.
    ///
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    /// - Complexity: O(bytes), and what has been left for later
    public func dense(threads: Int) throws(IndexError) -> (index: HNSWIndex, ids: [UInt64]) {
        try pace.hurrying { () throws(IndexError) in
            try working.withTurn { () throws(IndexError) in
                // Where that fails it is written as it is; codes that do not fit are marked in the file.
                if !version.index.codesFit {
                    _ = try? rebuildIfBetter(threads: threads, retrying: true)
                }
                let (index, base, rows) = try version.writer.dense(threads: threads)
                // Rows that an existing version shows keep their ids.
                let ids = version.ids
                return withExtendedLifetime(base) { (index, rows.map { ids[$0] }) }
            }
        }
    }
}
