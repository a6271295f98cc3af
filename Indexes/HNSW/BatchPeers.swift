import GraphConstruction
import VectorCore
import VectorKernels

/// The rows of a batch by layer, as candidates for each other's lists.
struct BatchPeers: Sendable {
    /// For each layer the rows that are on it.
    private let rows: [[UInt32]]
    private let members: RowSet

    /// No rows: the batch is in random order, and the graph is enough.
    init() {
        rows = []
        members = RowSet()
    }

    init(_ batch: [UInt32], _ graph: HNSWGraph) {
        let top = batch.lazy.map { graph.level(of: $0) }.max() ?? 0
        members = RowSet(of: batch)
        rows = (0...top).map { layer in batch.filter { graph.level(of: $0) >= layer } }
    }

    /// Whether a row is of the batch.
    func contains(_ row: UInt32) -> Bool { members.contains(row) }

    /// Adds those on a layer that are near enough to candidates that a search found.
    ///
    /// They are not searched from: another thread may be writing their lists.
    ///
    /// - Parameters:
    ///   - candidates: nearest first, before and after.
    ///   - row: the row that is inserted, itself one of the batch.
    ///   - limit: how many candidates are kept.
    ///   - scorer: scores rows against `row`.
    ///   - offset: added to every score.
    /// - Complexity: O(batch · dimension)
    func add(
        to candidates: inout [LinkCandidate], on layer: Int, of row: UInt32, limit: Int,
        _ scorer: DistanceScorer, _ offset: Float
    ) {
        guard layer < rows.count, rows[layer].count > 1 else { return }
        let others = rows[layer]
        let worst = candidates.count < limit ? .infinity : candidates.last?.distance ?? .infinity
        let known = candidates.count
        unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: others.count) { scores in
            guard let start = scores.baseAddress else { return }
            unsafe scorer.score(rows: others, count: others.count, into: start)
            for (place, other) in others.enumerated() where other != row {
                let distance = unsafe scores[place] + offset
                if distance < worst {
                    candidates.append(LinkCandidate(row: other, distance: distance))
                }
            }
        }
        guard candidates.count > known else { return }
        candidates.sort()
        candidates.removeSubrange(min(limit, candidates.count)...)
    }
}
