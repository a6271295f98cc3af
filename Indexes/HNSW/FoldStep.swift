import GraphConstruction
import VectorCore
import WorkerThreads

/// What turns the graph of one version into the next one.
struct FoldStep {
    /// The rows that are going to be in the graph, or equal ones that are.
    let waiting: [UInt32]
    /// All rows that are in the graph.
    private(set) var vertices: RowSet
    /// Rows that were inserted since all was last reached from the entry.
    private(set) var unproven: Int
    private(set) var generator: SplitMix64
    private(set) var entry: UInt32
    /// Rows whose lists are others now.
    private(set) var changed = RowSet()
    /// Rows that equal one in the graph.
    private(set) var copies: [EqualRows.Pair] = []

    /// Whether a vertex may be left that nothing leads to.
    private var isIncomplete = false

    private let base: HNSWIndex
    private let threads: Int
    private let pace: WorkPace?
    /// Vertices that are taken out.
    let gone: RowSet
    /// Whether hidden vertices are taken out, and whether all is reached.
    private let isDue: (unlinking: Bool, proof: Bool)
    /// Whether all hidden vertices are taken out, few or many.
    private let isComplete: Bool

    /// Hidden vertices are taken out when they are this share, or so many.
    private static let dueShare = 100
    private static let dueCount = 256
    /// All is reached from the entry when this share of rows has come or gone: that costs a tenth of the
    /// insertion, and in small graphs every fold is large enough.
    private static let provenShare = 200
    /// Beside others the links of so many rows are sorted at once, without a rest.
    private static let insertedAtOnce = 64

    /// Finds what there is to do.
    init(
        _ base: HNSWIndex, _ folding: HNSWWriter.Folding, threads: Int, pace: WorkPace?,
        completely: Bool
    ) {
        self.base = base
        self.pace = pace
        self.threads = threads
        vertices = folding.vertices
        unproven = folding.unproven
        generator = folding.generator
        entry = base.entry
        waiting = base.pending
        var gone = base.hidden
        gone.formIntersection(folding.vertices)
        for pair in base.equals.pairs where !base.hidden.contains(pair.copy) {
            gone.remove(pair.original)
        }
        let due = max(Self.dueCount, vertices.count / Self.dueShare)
        let isDueUnlinking = completely ? gone.count > 0 : gone.count >= due
        if !isDueUnlinking { gone = RowSet() }
        let later = unproven + waiting.count + gone.count
        isDue = (isDueUnlinking, later > (completely ? 0 : vertices.count / Self.provenShare))
        isComplete = completely
        self.gone = gone
    }

    /// Whether there is something to do that cannot wait: hidden rows are many, or `least` rows wait.
    func isWorthwhile(least: Int) -> Bool {
        isDue.unlinking || waiting.count >= max(1, least)
            || (isComplete && isDue.proof)
    }

    /// Makes room for new rows, and takes those out that go, in memory that is like the version's graph.
    ///
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    mutating func unlink(_ buffer: inout GraphBuffer) throws(IndexError) {
        let m = base.parameters.m
        var levels: [UInt8] = []
        for _ in buffer.rows..<max(buffer.rows, base.rowCount) {
            levels.append(HNSWGraph.drawLevel(m: m, using: &generator))
        }
        try buffer.append(levels)
        if !gone.isEmpty { takeOut(of: buffer.graph) }
    }

    /// Puts in what waits, and sees that all are reached.
    mutating func insert(_ graph: HNSWGraph) {
        let insertion = insertion(graph)
        isIncomplete = insertAll(waiting, insertion)
        unproven += waiting.count + gone.count
        guard isDue.proof || isIncomplete else { return }
        unproven = 0
        guard !vertices.isEmpty else { return }
        let mended = insertion.connectUnreachable(from: entry) { !vertices.contains($0) }
        changed.formUnion(mended)
    }

    private func insertion(_ graph: HNSWGraph) -> GraphInsertion {
        var insertion = GraphInsertion(
            graph: graph, vectors: base.rows, parameters: base.parameters, threads: threads,
            scratches: base.scratches)
        insertion.hidden = base.hidden
        insertion.findsEquals = true
        insertion.linksWithinBatch = true
        insertion.tellsDropped = true
        insertion.linksFar = true
        insertion.pace = pace
        return insertion
    }

    /// The rows that equal a vertex, once what was inserted is counted.
    func equals(with known: EqualRows, hiding hidden: RowSet) -> EqualRows {
        let pairs = (known.pairs + copies).filter { pair in
            !hidden.contains(pair.copy) && vertices.contains(pair.original)
        }
        return EqualRows(pairs: pairs.sorted())
    }

    private mutating func takeOut(of graph: HNSWGraph) {
        let repair = GraphRepair(
            graph: graph, vectors: base.rows, threads: threads, scratches: base.scratches,
            gone: gone, pace: pace)
        changed.formUnion(repair.run())
        vertices.subtract(gone)
        guard gone.contains(entry) else { return }
        entry = vertices.rows.max { graph.level(of: $0) < graph.level(of: $1) } ?? 0
    }

    /// - Returns: whether a vertex may be left that nothing leads to.
    private mutating func insertAll(_ rows: [UInt32], _ insertion: GraphInsertion) -> Bool {
        let among = EqualRows(among: rows, of: base.rows)
        let repeated = RowSet(of: among.pairs.lazy.map(\.copy))
        // Those that came one after another are often alike, and early batches are small.
        var rest = rows.filter { !repeated.contains($0) }.shuffled(using: &generator)[...]
        if vertices.isEmpty, let first = rest.popFirst() {
            entry = first
            vertices.insert(first)
            changed.insert(first)
        }
        var originals: [UInt32: UInt32] = [:]
        var dropped = RowSet()
        while !rest.isEmpty {
            let most = pace == nil ? Int.max : Self.insertedAtOnce
            let batch = Array(rest.prefix(min(most, GraphInsertion.batchSize(vertices.count))))
            rest = rest.dropFirst(batch.count)
            let outcome = insertion.insert(batch, entry: entry)
            changed.formUnion(outcome.changed)
            dropped.formUnion(outcome.dropped)
            for pair in outcome.equals { originals[pair.copy] = pair.original }
            for row in batch where originals[row] == nil {
                vertices.insert(row)
                if insertion.graph.level(of: row) > insertion.graph.level(of: entry) { entry = row }
            }
        }
        copies += originals.map { EqualRows.Pair(original: $0.value, copy: $0.key) }
        for pair in among.pairs {
            let original = originals[pair.original] ?? pair.original
            copies.append(EqualRows.Pair(original: original, copy: pair.copy))
        }
        dropped.formIntersection(vertices)
        let mended = OrphanMending(graph: insertion.graph, entry: entry, pace: pace).run(
            dropped.rows)
        changed.formUnion(mended.changed)
        return mended.isIncomplete
    }
}
