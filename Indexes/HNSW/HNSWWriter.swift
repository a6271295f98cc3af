import Evaluation
import GraphConstruction
public import IndexDefinitions
import Locks
public import VectorCore

/// Makes the next versions of an index while searches go on in those that are there.
///
/// A version never changes. ``change(removing:adding:publish:)`` makes one that hides some rows and scans
/// some others, which costs what they are; ``fold(threads:pace:least:completely:measures:publish:)`` makes one whose graph
/// has them, in the memory of the graph before the last. Rows are slots: that of a removed vector gets
/// another one when no version can see it any more.
public final class HNSWWriter: Sendable {
    /// What a change needs to know.
    struct State: Sendable {
        var version: HNSWIndex
        var memory: HNSWMemory
        var slots = SlotKeeper()
        /// Rows that were added and cannot be in this graph.
        var misfits: Set<UInt32> = []
        /// Whether the codes suit what has come and what remains.
        var drift = DriftWatch()
        /// Bytes of the graph that is not searched.
        var spareByteCount = 0
    }

    /// What a fold needs to know.
    struct Folding: Sendable {
        /// The graph that is searched.
        var current: GraphBuffer
        /// The one before, with what has to be done to make it equal, once nobody searches it.
        var spare: Spare?
        /// All rows that are in the graph.
        var vertices: RowSet
        /// Rows that were inserted since all was last reached from the entry.
        var unproven = 0
        var generator: SplitMix64

        struct Spare: Sendable {
            var buffer: GraphBuffer
            weak var graph: HNSWGraph?
            var changed: RowSet
        }
    }

    let state: Lock<State>
    let folding: Lock<Folding>
    /// Had by whoever makes the next graph.
    let turn = Turn()
    /// How many vectors the graph was built of.
    private let builtCount: Int

    /// Begins with an index; it stays as it is.
    ///
    /// - Complexity: O(count · dimension) unless the index was scanned before, or where codes are compared and the
    ///   graph has L2 links too
    public init(_ index: HNSWIndex) {
        precondition(index.hidden.isEmpty && index.pending.isEmpty)
        builtCount = index.count
        let memory = HNSWMemory(index)
        // Links are chosen among the rows of a version, and those of a file lack what that takes.
        let version =
            index.rows.isLinkable
            ? index
            : Self.version(
                like: index, memory, graph: index.graph, entry: index.entry,
                isolated: index.isolated,
                isolatedAreZero: index.isolatedAreZero, equals: index.equals, hidden: index.hidden,
                pending: index.pending, vertexCount: index.vertexCount, changes: 0,
                codesFit: index.codesFit)
        state = Lock(State(version: version, memory: memory))
        var vertices = RowSet(all: index.rowCount)
        for row in index.isolated { vertices.remove(row) }
        for pair in index.equals.pairs { vertices.remove(pair.copy) }
        folding = Lock(
            Folding(
                current: GraphBuffer(index.graph), spare: nil, vertices: vertices,
                generator: SplitMix64(seed: ~index.parameters.seed)))
    }

    /// The newest version.
    public var version: HNSWIndex { state.withLock { $0.version } }

    /// Makes a version without some rows and with some more vectors.
    ///
    /// - Parameters:
    ///   - removed: rows that the newest version shows, each once.
    ///   - added: shape (added, dimension), finite; or nil for none.
    ///   - publish: gets the version and the rows of the added vectors before anybody else can make
    ///     another.
    /// - Throws: ``IndexError`` with `dimensionMismatch`, `notFinite`, `invalidParameter` where there
    ///   would be too many, or `system` where there is no memory; then nothing has changed.
    /// - Complexity: O((removed + added) · dimension + rows / 64) on average
    public func change(
        removing removed: [UInt32], adding added: FloatMatrix?,
        publish: (_ version: HNSWIndex, _ rows: [UInt32]) throws(IndexError) -> Void = { _, _ in }
    ) throws(IndexError) {
        if let added {
            try version.requireDimension(of: added)
            try added.validate(for: version.metric)
        }
        try state.withLock { state throws(IndexError) in
            let old = state.version
            let count = added?.rows ?? 0
            let slots = state.slots.choose(count, count: old.rowCount)
            let total = max(old.rowCount, slots.max().map { Int($0) + 1 } ?? 0)
            guard total <= Int(Int32.max) else {
                throw IndexError(
                    .invalidParameter,
                    "An index holds at most \(Int32.max) vectors; \(old.count) are there, and \(count) "
                        + "were to be added.")
            }
            // Kept where all goes well; what it has written where nobody looks does no harm.
            var memory = state.memory
            if total > old.rowCount { try memory.grow(to: total) }
            // Whoever could read the slots has given its scratch memory back before.
            old.scratches.catchUp()
            var hidden = old.hidden
            var isolated = old.isolated
            var pending = old.pending
            for row in removed { hidden.insert(row) }
            if !removed.isEmpty { pending.removeAll(where: hidden.contains) }
            var misfits = state.misfits.subtracting(removed)
            if let added {
                let scratch = memory.scratch
                for (position, slot) in slots.enumerated() {
                    let fit = unsafe memory.write(
                        added.pointer(row: position), to: slot, scratch)
                    guard fit != .unfit else { throw Self.unfit(position) }
                    hidden.remove(slot)
                    if fit == .long { misfits.insert(slot) }
                    if fit == .vertex { pending.append(slot) } else { isolated.append(slot) }
                }
            }
            if isolated.count > old.isolated.count { isolated.sort() }
            var drift = state.drift
            let changes = removed.count + count
            let fits = try drift.note(
                changes, adding: (slots, added), to: memory.graphVectors,
                shown: {
                    var shown = RowSet(all: total)
                    shown.subtract(hidden)
                    for row in isolated { shown.remove(row) }
                    return shown.rows
                }, asked: old.parameters, fitsSoFar: old.codesFit)
            let version = Self.version(
                like: old, memory, graph: old.graph, entry: old.entry, isolated: isolated,
                isolatedAreZero: old.isolatedAreZero && misfits.isEmpty, equals: old.equals,
                hidden: hidden, pending: pending,
                vertexCount: old.vertexCount, changes: changes, codesFit: fits)
            try publish(version, slots)
            state.memory = memory
            state.slots.take(slots)
            state.misfits = misfits
            state.drift = drift
            state.version = version
        }
    }

    /// Bytes of the graph that is not searched; known without waiting for a fold.
    var spareByteCount: Int { state.withLock { $0.spareByteCount } }

    /// Why the index had better be built anew, or nil.
    public var rebuildReason: RebuildReason? {
        state.withLock { state in
            let version = state.version
            let (count, rows) = (version.count, version.rowCount)
            // Without vectors there are only codes to build of, which would give the same codes again.
            guard version.keepsVectors, count > 0 else { return nil }
            if !version.codesFit { return .codesDoNotFit }
            if state.drift.betterCodesFit { return .codesFitAgain }
            if state.drift.lengthsDiffer { return .lengthsDiffer }
            if state.misfits.count > max(Self.fewMisfits, count / Self.misfitShare) {
                return .misfits
            }
            guard rows >= Self.fewestToRebuild else { return nil }
            if count / 4 >= max(builtCount, 1) { return .grown }
            return count < rows / 4 ? .shrunk : nil
        }
    }

    /// Vectors that are scanned because this graph cannot hold them, before it is built anew.
    private static let fewMisfits = 256
    private static let misfitShare = 20
    private static let fewestToRebuild = 4096

    /// A version that differs from another in what is said.
    static func version(
        like old: HNSWIndex, _ memory: HNSWMemory, graph: HNSWGraph, entry: UInt32,
        isolated: [UInt32], isolatedAreZero: Bool, equals: EqualRows, hidden: RowSet,
        pending: [UInt32],
        vertexCount: Int, changes: Int, codesFit: Bool, recall: MeasuredRecall? = nil
    ) -> HNSWIndex {
        let vectors = memory.graphVectors
        return HNSWIndex(
            metric: old.metric, dimension: old.dimension, parameters: old.parameters,
            vectors: vectors, graph: graph, entry: entry, isolated: isolated,
            isolatedAreZero: isolatedAreZero, equals: equals,
            changes: HNSWChanges(
                hidden: hidden, pending: pending, vertexCount: vertexCount,
                count: old.changeCount + changes, codesFit: codesFit, scratches: old.scratches,
                exact: memory.exact(vectors.matrix)), recall: recall ?? old.recall)
    }
}

extension RebuildReason {
    /// Its codes no longer tell near vectors from far ones: the vectors are unlike those that it was built of.
    public static let codesDoNotFit = RebuildReason(rawValue: "codesDoNotFit")
    /// Its graph compares vectors, and codes would do again.
    public static let codesFitAgain = RebuildReason(rawValue: "codesFitAgain")
    /// Under the inner product lengths differ that were alike, and links must be chosen otherwise.
    public static let lengthsDiffer = RebuildReason(rawValue: "lengthsDiffer")
    /// Many vectors lie where the graph cannot hold them.
    public static let misfits = RebuildReason(rawValue: "misfits")
    /// It has grown to a multiple of what it was built for.
    public static let grown = RebuildReason(rawValue: "grown")
    /// Most of its slots are empty.
    public static let shrunk = RebuildReason(rawValue: "shrunk")
}

extension HNSWWriter {
    fileprivate static func unfit(_ position: Int) -> IndexError {
        IndexError(
            .invalidParameter,
            "The length of vector \(position) differs from those that the index was built of by more than "
                + "single precision can hold; build a new index, or scale the vector as the others are."
        )
    }
}

extension HNSWIndex {
    fileprivate func requireDimension(of added: FloatMatrix) throws(IndexError) {
        guard added.columns == dimension else {
            throw IndexError(
                .dimensionMismatch,
                "The vectors have \(added.columns) numbers each, but the index holds vectors of "
                    + "\(dimension).")
        }
    }
}
