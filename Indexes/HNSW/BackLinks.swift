import GraphConstruction
import Locks
import VectorCore
import WorkerThreads

/// A link that a row asks another one to make.
struct BackLink: Comparable {
    let owner: UInt32
    let layer: Int
    let candidate: LinkCandidate

    static func < (left: BackLink, right: BackLink) -> Bool {
        (left.owner, left.layer, left.candidate) < (right.owner, right.layer, right.candidate)
    }
}

/// Lets rows lead back to those that link to them.
///
/// Links are grouped by the row that they leave from, and each list is changed by one thread, so there
/// are no locks, and the graph does not depend on the threads.
struct BackLinks: Sendable {
    let graph: HNSWGraph
    let choice: LinkChoice
    let threads: Int
    /// Whether a list is chosen anew where links do not fit; else those are not made.
    var choosesAnew = true
    /// Whether it tells which neighbours lists have dropped.
    var tellsDropped = false
    /// How fast to go on beside others; nil for as fast as can be.
    var pace: WorkPace?

    /// What became of the links.
    struct Outcome {
        /// The rows that were asked.
        let owners: [UInt32]
        /// Rows that a list on the ground layer has dropped or not taken.
        let dropped: [UInt32]
    }

    /// Makes links in lists that are no longer searched, or not yet.
    ///
    /// - Complexity: O(links · log links), and O(m² · dimension) for each list that overflows
    func make(_ wanted: [BackLink]) -> Outcome {
        let links = wanted.sorted()
        let starts = links.indices.filter {
            $0 == 0 || links[$0].owner != links[$0 - 1].owner
                || links[$0].layer != links[$0 - 1].layer
        }
        let dropped = Lock<[UInt32]>([])
        WorkerThreads.forEachPiece(of: starts.count, piece: 32, threads: threads) { _, groups in
            var some: [UInt32] = []
            for group in groups {
                pace?.pause()
                let end = group + 1 < starts.count ? starts[group + 1] : links.count
                accept(links[starts[group]..<end], dropping: &some)
            }
            if !some.isEmpty { dropped.withLock { $0.append(contentsOf: some) } }
        }
        return Outcome(
            owners: starts.map { links[$0].owner }, dropped: dropped.withLock { $0 })
    }

    /// Adds links to one list.
    private func accept(_ wanted: ArraySlice<BackLink>, dropping dropped: inout [UInt32]) {
        guard let first = wanted.first else { return }
        let owner = first.owner
        let degree = graph.degree(on: first.layer)
        let links = unsafe graph.links(of: owner, on: first.layer)
        var present = 0
        while present < degree, unsafe links[present] != LinkTable.none { present += 1 }
        var candidates = wanted.map(\.candidate).filter { candidate in
            !(0..<present).contains { unsafe links[$0] == candidate.row }
        }
        if !choosesAnew { candidates = Array(candidates.prefix(degree - present)) }
        if present + candidates.count <= degree {
            for (offset, candidate) in candidates.enumerated() {
                unsafe links[present + offset] = candidate.row
            }
            return
        }
        for place in 0..<present {
            let row = unsafe links[place]
            candidates.append(LinkCandidate(row: row, distance: choice.distance(owner, row)))
        }
        candidates.sort()
        let all = tellsDropped && first.layer == 0 ? candidates.map(\.row) : []
        choice.choose(among: &candidates, of: owner, limit: degree, degree: degree)
        graph.write(candidates[...], to: owner, on: first.layer)
        // Both are in the order of their distance. Where rounding changes it, one that was kept counts as dropped,
        // and is looked at for nothing.
        var next = 0
        for row in all {
            if next < candidates.count, candidates[next].row == row {
                next += 1
            } else {
                dropped.append(row)
            }
        }
    }
}
