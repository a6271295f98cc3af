import VectorCore
import WorkerThreads

/// Where the rows of a batch are searched from on layer 0, and an order in which one region of the
/// graph after another is searched.
///
/// Rows come in random order. Those that lie together are searched one after another, while the vertices that they
/// meet are still in the caches; the graph does not depend on it.
struct BatchStarts: Sendable {
    /// The places of the rows in the batch.
    let order: [Int]
    /// By place the vertex that the layers above lead to; nil for rows that are on those themselves.
    let starts: [UInt32?]

    /// Batches that are as small are searched as they come.
    private static let fewRows = 32

    init(_ batch: [UInt32], entry: UInt32, _ insertion: GraphInsertion) {
        guard batch.count > Self.fewRows else {
            order = Array(batch.indices)
            starts = Array(repeating: nil, count: batch.count)
            return
        }
        let found = unsafe [Place?](unsafeUninitializedCapacity: batch.count) { places, count in
            // Each row's place is written by the one thread that looks for it.
            nonisolated(unsafe) let places = unsafe places
            WorkerThreads.forEachPiece(
                of: batch.count, piece: 8, threads: insertion.threads
            ) { _, items in
                insertion.scratches.withScratch { scratch in
                    for item in items {
                        insertion.pace?.pause()
                        let place = Self.place(batch[item], entry, insertion, scratch)
                        unsafe places.initializeElement(at: item, to: place)
                    }
                }
            }
            count = batch.count
        }
        starts = found.map { $0?.start }
        order = batch.indices.sorted { left, right in
            switch (found[left], found[right]) {
            case (let left?, let right?): left < right
            case (nil, _?): true
            default: false
            }
        }
    }

    /// Where a row of layer 0 alone is searched from, and a vertex above that.
    private struct Place: Comparable {
        let region: UInt32
        let start: UInt32

        static func < (left: Place, right: Place) -> Bool {
            (left.region, left.start) < (right.region, right.start)
        }
    }

    private static func place(
        _ row: UInt32, _ entry: UInt32, _ insertion: GraphInsertion, _ scratch: SearchScratch
    ) -> Place? {
        let graph = insertion.graph
        guard graph.level(of: row) == 0 else { return nil }
        let scorer = insertion.vectors.scorer(row: row, scratch).scorer
        graph.descend(from: entry, to: 1, scorer, scratch)
        let region = scratch.beam[0].row
        if graph.level(of: entry) > 0 { graph.searchLayer(1, ef: 1, scorer, scratch) }
        return Place(region: region, start: scratch.beam[0].row)
    }
}
