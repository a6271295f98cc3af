import VectorCore
import VectorKernels
import WorkerThreads

/// Where many searches start on layer 0, and an order in which one region of the graph after another is searched.
///
/// Rows of a build come in random order, and so may queries. Those that lie together are searched one after another,
/// while the vertices that they meet are still in the caches; no answer depends on it.
struct SearchStarts: Sendable {
    /// The places of the searches; nil where they go on as they come.
    let order: [Int]?
    /// By place the vertex that the layers above lead to; nil where that is not known.
    let starts: [UInt32?]

    /// So few are searched as they come.
    private static let few = 32

    private init(_ count: Int, _ place: (_ count: Int) -> [Place?]) {
        guard count > Self.few else {
            order = nil
            starts = Array(repeating: nil, count: count)
            return
        }
        let found = place(count)
        starts = found.map { $0?.start }
        order = found.indices.sorted { left, right in
            switch (found[left], found[right]) {
            case (let left?, let right?): left < right
            case (nil, _?): true
            default: false
            }
        }
    }

    /// The searches for rows that are being inserted; not known for those above layer 0 themselves.
    init(_ batch: [UInt32], entry: UInt32, _ insertion: GraphInsertion) {
        let (graph, vectors, pace) = (insertion.graph, insertion.vectors, insertion.pace)
        self.init(batch.count) { count in
            insertion.scratches.map(count, piece: 8, threads: insertion.threads) {
                item, scratch -> Place? in
                pace?.pause()
                guard graph.level(of: batch[item]) == 0 else { return nil }
                let scorer = vectors.scorer(row: batch[item], scratch).scorer
                return Place(graph, entry, scorer, scratch)
            }
        }
    }

    /// The searches for queries; not known for those whose distances single precision cannot tell.
    init(_ queries: PreparedBatch, of index: HNSWIndex, threads: Int) {
        self.init(queries.items.count) { count in
            index.scratches.map(count, piece: 64, threads: threads) { item, scratch -> Place? in
                let item = queries.items[item]
                guard index.vertexCount > 0, item.query.isUsual else { return nil }
                return Place(index.graph, index.entry, item.scorer, scratch)
            }
        }
    }
}

/// What the layers above layer 0 lead to.
private struct Place: Comparable {
    /// The nearest vertex above layer 1.
    let region: UInt32
    /// The nearest on layer 1.
    let start: UInt32

    init(
        _ graph: HNSWGraph, _ entry: UInt32, _ scorer: DistanceScorer, _ scratch: SearchScratch
    ) {
        graph.descend(from: entry, to: 1, scorer, scratch)
        region = scratch.beam[0].row
        if graph.level(of: entry) > 0 { graph.searchLayer(1, ef: 1, scorer, scratch) }
        start = scratch.beam[0].row
    }

    static func < (left: Place, right: Place) -> Bool {
        (left.region, left.start) < (right.region, right.start)
    }
}
