import GraphConstruction
import MappedStorage
import Synchronization
import VectorCore
import VectorKernels
import WorkerThreads

/// Inserts rows in batches into a graph that nobody else sees yet.
///
/// Algorithm 1 of the paper, with the batches of Manohar et al., "ParlayANN" (2024): every row of a
/// batch is searched in the graph as it stood before the batch, which all threads only read; then
/// the links back to the batch are grouped by the vertex they leave from, and each vertex is
/// changed by one thread. So there are no locks, and the graph does not depend on the threads.
final class HNSWBuilder: Sendable {
    private let metric: DistanceMetric
    private let dimension: Int
    private let parameters: HNSWParameters
    private let threads: Int
    private let vectors: GraphVectors
    private let isolated: [UInt32]
    private let equals: EqualRows
    /// Rows that no link leads to: isolated ones and copies.
    private let outside: Set<UInt32>
    private let graph: HNSWGraph
    private let scratches: ScratchPool

    /// At most this share of the graph is inserted at once, since rows of a batch do not see each
    /// other while they are searched.
    private static let batchShare = 50
    private static let largestBatch = 1024

    init(
        _ prepared: PreparedVectors, metric: DistanceMetric, dimension: Int,
        parameters: HNSWParameters, threads: Int
    ) throws(IndexError) {
        self.metric = metric
        self.dimension = dimension
        self.parameters = parameters
        self.threads = threads
        let codes = try CodeChoice.codes(
            parameters.codes, prepared.matrix, metric: metric, seed: parameters.seed,
            threads: threads)
        vectors = GraphVectors(prepared.matrix, codes: codes, metric: metric)
        isolated = prepared.isolated
        equals = prepared.equals
        outside = Set(isolated).union(equals.pairs.lazy.map(\.copy))
        var levels = HNSWGraph.drawLevels(
            count: vectors.count, m: parameters.m, seed: parameters.seed)
        for row in outside { levels[Int(row)] = 0 }
        graph = try HNSWGraph(levels: levels, m: parameters.m)
        scratches = ScratchPool(vectors, degree: 2 * parameters.m)
    }

    func build(progress: ((_ rows: Int) -> Void)?) -> HNSWIndex {
        let rows = (0..<UInt32(vectors.count)).filter { !outside.contains($0) }
        var entry = rows.first ?? 0
        var inserted = min(1, rows.count)
        while inserted < rows.count {
            let size = min(
                max(1, inserted / Self.batchShare), Self.largestBatch, rows.count - inserted)
            let batch = Array(rows[inserted..<inserted + size])
            insert(batch, entry: entry)
            for row in batch where graph.level(of: row) > graph.level(of: entry) { entry = row }
            inserted += size
            progress?(inserted)
        }
        if !rows.isEmpty { connectUnreachable(from: entry) }
        return HNSWIndex(
            metric: metric, dimension: dimension, parameters: parameters, vectors: vectors,
            graph: graph, entry: entry, isolated: isolated, equals: equals)
    }

    /// A link that a new row asks an older one to make.
    private struct BackLink: Comparable {
        let owner: UInt32
        let layer: Int
        let candidate: LinkCandidate

        static func < (left: BackLink, right: BackLink) -> Bool {
            (left.owner, left.layer, left.candidate) < (right.owner, right.layer, right.candidate)
        }
    }

    private func insert(_ batch: [UInt32], entry: UInt32) {
        let found = Mutex<[BackLink]>([])
        WorkerThreads.forEachPiece(of: batch.count, piece: 8, threads: threads) {
            [self] _, items in
            var backLinks: [BackLink] = []
            scratches.withScratch { scratch in
                for item in items {
                    link(batch[item], entry: entry, scratch, into: &backLinks)
                }
            }
            found.withLock { $0.append(contentsOf: backLinks) }
        }
        let backLinks = found.withLock { $0 }.sorted()
        let starts = backLinks.indices.filter {
            $0 == 0 || backLinks[$0].owner != backLinks[$0 - 1].owner
                || backLinks[$0].layer != backLinks[$0 - 1].layer
        }
        WorkerThreads.forEachPiece(of: starts.count, piece: 32, threads: threads) {
            [self] _, groups in
            for group in groups {
                let end = group + 1 < starts.count ? starts[group + 1] : backLinks.count
                acceptLinks(backLinks[starts[group]..<end])
            }
        }
    }

    /// Searches a new row, writes its own lists, and notes the links that should lead back to it.
    private func link(
        _ row: UInt32, entry: UInt32, _ scratch: SearchScratch, into backLinks: inout [BackLink]
    ) {
        let (scorer, rest) = vectors.scorer(row: row, scratch)
        let top = graph.level(of: entry)
        let level = min(graph.level(of: row), top)
        graph.descend(from: entry, to: level, scorer, scratch)
        for layer in stride(from: level, through: 0, by: -1) {
            graph.searchLayer(layer, ef: parameters.efConstruction, scorer, scratch)
            var candidates = (0..<scratch.beam.count).map { rank in
                let (row, distance) = scratch.beam[rank]
                return LinkCandidate(row: row, distance: distance + rest)
            }
            let kept = NeighborSelection.chooseDiverse(
                &candidates, limit: parameters.m, distance: vectors.distance)
            write(candidates[..<kept], to: row, on: layer)
            for candidate in candidates[..<kept] {
                backLinks.append(
                    BackLink(
                        owner: candidate.row, layer: layer,
                        candidate: LinkCandidate(row: row, distance: candidate.distance)))
            }
        }
    }

    /// Adds links to one list, choosing anew among all of them where they do not fit.
    private func acceptLinks(_ added: ArraySlice<BackLink>) {
        guard let first = added.first else { return }
        let owner = first.owner
        let degree = graph.degree(on: first.layer)
        let links = unsafe graph.links(of: owner, on: first.layer)
        var present = 0
        while present < degree, unsafe links[present] != LinkTable.none { present += 1 }
        if present + added.count <= degree {
            for (offset, link) in added.enumerated() {
                unsafe links[present + offset] = link.candidate.row
            }
            return
        }
        var candidates = added.map(\.candidate)
        for place in 0..<present {
            let row = unsafe links[place]
            candidates.append(LinkCandidate(row: row, distance: vectors.distance(owner, row)))
        }
        candidates.sort()
        let kept = NeighborSelection.chooseDiverse(
            &candidates, limit: degree, distance: vectors.distance)
        write(candidates[..<kept], to: owner, on: first.layer)
    }

    private func write(_ chosen: ArraySlice<LinkCandidate>, to row: UInt32, on layer: Int) {
        let links = unsafe graph.links(of: row, on: layer)
        for (place, candidate) in chosen.enumerated() { unsafe links[place] = candidate.row }
        for place in chosen.count..<graph.degree(on: layer) {
            unsafe links[place] = LinkTable.none
        }
    }

    private func connectUnreachable(from entry: UInt32) {
        _ = Reachability.repair(
            graph.groundTable, entry: entry, isExempt: outside.contains,
            nearest: { [self] row in
                scratches.withScratch { scratch in
                    let scorer = vectors.scorer(row: row, scratch).scorer
                    graph.descend(from: entry, to: 0, scorer, scratch)
                    graph.searchLayer(0, ef: parameters.efConstruction, scorer, scratch)
                    return (0..<scratch.beam.count).map { scratch.beam[$0].row }
                }
            })
    }
}
