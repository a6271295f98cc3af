import GraphConstruction
import Locks
import VectorCore
import VectorKernels
import WorkerThreads

/// Inserts rows in batches into a graph that nobody else sees yet.
///
/// Algorithm 1 of the paper, with the batches of Manohar et al., "ParlayANN" (2024): every row of a
/// batch is searched in the graph as it stood before the batch, which all threads only read; then
/// the links back to the batch are grouped by the vertex they leave from, and each vertex is
/// changed by one thread. So there are no locks, and the graph does not depend on the threads.
struct GraphInsertion: Sendable {
    let graph: HNSWGraph
    let vectors: GraphVectors
    let parameters: HNSWParameters
    let threads: Int
    let scratches: ScratchPool
    /// Vertices that nothing should link to any more.
    var hidden = RowSet()
    /// Whether rows may equal vertices; those are not inserted.
    var findsEquals = false
    /// Whether the rows of a batch are candidates for each other.
    ///
    /// Vectors that arrive together are often each other's nearest, and none of them is in the graph that
    /// the others are searched in. A build inserts rows in random order, which makes that rare.
    var linksWithinBatch = false
    /// Whether it tells which neighbours lists have dropped.
    var tellsDropped = false
    /// Whether a row with few links in different directions chooses among farther ones too.
    ///
    /// For rows that come later than those they lie among; a build's random order makes that needless.
    var linksFar = false
    /// How fast to go on beside others; nil for as fast as can be.
    var pace: WorkPace?

    /// At most this share of the graph is inserted at once, since rows of a batch do not see each
    /// other while they are searched.
    private static let batchShare = 50
    private static let largestBatch = 1024
    /// How many of the nearest are compared with a row number by number.
    private static let compared = 8

    /// How many rows to insert at once.
    static func batchSize(_ inserted: Int) -> Int {
        min(max(1, inserted / batchShare), largestBatch)
    }

    /// What became of a batch.
    struct Outcome {
        /// Vertices whose lists are others now.
        var changed: [UInt32] = []
        /// Rows that were not inserted, each with the vertex that it equals.
        var equals: [EqualRows.Pair] = []
        /// Vertices, new ones too, that a list on the ground layer has dropped or not taken.
        var dropped: [UInt32] = []
    }

    /// Links rows with the graph, which has a vertex to start from already.
    func insert(_ batch: [UInt32], entry: UInt32) -> Outcome {
        let found = Lock<(links: [BackLink], equals: [EqualRows.Pair])>(([], []))
        let peers = linksWithinBatch ? BatchPeers(batch, graph) : BatchPeers()
        let starts = SearchStarts(batch, entry: entry, self)
        WorkerThreads.forEachPiece(of: batch.count, piece: 8, threads: threads) { _, items in
            var backLinks: [BackLink] = []
            var equals: [EqualRows.Pair] = []
            scratches.withScratch { scratch in
                for item in items {
                    pace?.pause()
                    let item = starts.order?[item] ?? item
                    // Batches are in random order. The others see what those of their group have found.
                    let original = link(
                        batch[item], from: (entry, starts.starts[item]), peers, scratch,
                        searchingAbove: item % 2 == 0, into: &backLinks)
                    if let original {
                        equals.append(EqualRows.Pair(original: original, copy: batch[item]))
                    }
                }
            }
            found.withLock {
                $0.links.append(contentsOf: backLinks)
                $0.equals.append(contentsOf: equals)
            }
        }
        var (links, equals) = found.withLock { $0 }
        if linksWithinBatch, !equals.isEmpty {
            removeLinks(to: RowSet(of: equals.lazy.map(\.copy)), from: batch, &links)
        }
        let made = BackLinks(
            graph: graph, choice: LinkChoice(vectors), threads: threads,
            tellsDropped: tellsDropped, pace: pace
        ).make(links)
        return Outcome(changed: batch + made.owners, equals: equals, dropped: made.dropped)
    }

    /// Searches a new row, writes its own lists, and notes the links that should lead back to it.
    ///
    /// - Parameters:
    ///   - origin: where searches start, and where that of layer 0 does if that is known.
    ///   - searchingAbove: whether far links come from the layer above, and not from those of its neighbours.
    /// - Returns: the vertex that the row equals; then it is left without links.
    private func link(
        _ row: UInt32, from origin: (entry: UInt32, ground: UInt32?), _ peers: BatchPeers,
        _ scratch: SearchScratch, searchingAbove: Bool, into backLinks: inout [BackLink]
    ) -> UInt32? {
        let level = min(graph.level(of: row), graph.level(of: origin.entry))
        var found = candidates(for: row, .metric, from: origin, level, peers, scratch)
        // The last search ends among the nearest under L2, where copies are.
        var near: [[LinkCandidate]] = []
        if vectors.mixesLinks {
            near = candidates(
                for: row, .euclidean, from: (origin.entry, nil), level, peers, scratch)
        }
        if findsEquals, let original = equal(of: row, scratch) { return original }
        let choice = LinkChoice(vectors)
        for layer in stride(from: level, through: 0, by: -1) {
            var candidates: [LinkCandidate] = []
            swap(&candidates, &found[layer])
            let known = NearCandidates(
                found: linksFar ? candidates : [], near: near.isEmpty ? nil : near[layer])
            let isDiverse = choice.choose(
                among: &candidates, near: known.near, of: row, limit: parameters.m,
                degree: graph.degree(on: layer))
            if linksFar, !isDiverse, layer < graph.level(of: origin.entry) {
                let far =
                    layer > 0 || searchingAbove
                    ? candidatesAbove(layer, for: row, from: origin.entry, scratch)
                    : candidatesBeyond(candidates, of: row, on: layer, peers)
                candidates = chooseLinks(of: row, on: layer, among: known, and: far, choice)
            }
            graph.write(candidates[...], to: row, on: layer)
            for candidate in candidates {
                backLinks.append(
                    BackLink(
                        owner: candidate.row, layer: layer,
                        candidate: LinkCandidate(row: row, distance: candidate.distance)))
            }
        }
        return nil
    }

    /// What a row may link to on each layer up to a level.
    private func candidates(
        for row: UInt32, _ order: LinkOrder, from origin: (entry: UInt32, ground: UInt32?),
        _ level: Int, _ peers: BatchPeers, _ scratch: SearchScratch
    ) -> [[LinkCandidate]] {
        let (scorer, rest) = vectors.scorer(row: row, under: order, scratch)
        if let ground = origin.ground {
            scratch.start(from: ground, scorer, count: graph.count)
        } else {
            graph.descend(from: origin.entry, to: level, scorer, scratch)
        }
        var found: [[LinkCandidate]] = []
        for layer in stride(from: level, through: 0, by: -1) {
            graph.searchLayer(layer, ef: parameters.efConstruction, scorer, scratch)
            found.append(candidates(for: row, on: layer, peers, scorer, rest, scratch))
        }
        return found.reversed()
    }

    /// What a row may link to on a layer: what its search has left in the beam, and rows of its batch.
    private func candidates(
        for row: UInt32, on layer: Int, _ peers: BatchPeers, _ scorer: DistanceScorer,
        _ rest: Float, _ scratch: SearchScratch
    ) -> [LinkCandidate] {
        var candidates = (0..<scratch.beam.count).map { rank in
            let (row, distance) = scratch.beam[rank]
            return LinkCandidate(row: row, distance: distance + rest)
        }
        peers.add(
            to: &candidates, on: layer, of: row, limit: parameters.efConstruction, scorer, rest)
        guard !hidden.isEmpty else { return candidates }
        let lasting = candidates.filter { !hidden.contains($0.row) }
        // Those that go leave their neighbours behind.
        return lasting.isEmpty ? candidates : lasting
    }

    /// Takes rows that were not inserted after all out of the lists of those that were.
    private func removeLinks(
        to copies: RowSet, from batch: [UInt32], _ links: inout [BackLink]
    ) {
        links.removeAll { copies.contains($0.owner) || copies.contains($0.candidate.row) }
        for row in batch where !copies.contains(row) {
            for layer in 0...graph.level(of: row) {
                let list = graph.neighbors(of: row, on: layer)
                let kept = list.filter { !copies.contains($0) }
                guard kept.count < list.count else { continue }
                graph.write(
                    kept.map { LinkCandidate(row: $0, distance: 0) }[...], to: row, on: layer)
            }
        }
    }

    /// The vertex among the nearest that equals a row, or nil.
    private func equal(of row: UInt32, _ scratch: SearchScratch) -> UInt32? {
        for rank in 0..<min(Self.compared, scratch.beam.count) {
            let candidate = scratch.beam[rank].row
            if vectors.areEqual(candidate, row) { return candidate }
        }
        return nil
    }

    /// Makes every vertex reachable from the entry.
    ///
    /// - Returns: the rows whose lists are others now.
    func connectUnreachable(from entry: UInt32, isExempt: (UInt32) -> Bool) -> [UInt32] {
        Reachability.repair(
            graph.groundTable, entry: entry, isExempt: isExempt, pause: { pace?.pause() },
            nearest: { row in
                scratches.withScratch { scratch in
                    let scorer = vectors.scorer(row: row, under: vectors.nearness, scratch).scorer
                    graph.descend(from: entry, to: 0, scorer, scratch)
                    graph.searchLayer(0, ef: parameters.efConstruction, scorer, scratch)
                    return (0..<scratch.beam.count).map { scratch.beam[$0].row }
                }
            })
    }
}

extension HNSWGraph {
    /// Writes a list of a row; for whoever alone has the graph.
    func write(_ chosen: ArraySlice<LinkCandidate>, to row: UInt32, on layer: Int) {
        let links = unsafe self.links(of: row, on: layer)
        for (place, candidate) in chosen.enumerated() { unsafe links[place] = candidate.row }
        for place in chosen.count..<degree(on: layer) { unsafe links[place] = LinkTable.none }
    }

    /// Empties the lists of a row; for whoever alone has the graph.
    func clear(_ row: UInt32) {
        for layer in 0...level(of: row) { write([], to: row, on: layer) }
    }
}
