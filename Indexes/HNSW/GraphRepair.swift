import GraphConstruction
import Synchronization
import VectorCore
import WorkerThreads

/// Takes vertices out of a graph that nobody else sees, and mends the lists that led to them.
///
/// A vertex that loses neighbours gets as many of theirs instead, the nearest that are nearer to it
/// than to all that it keeps: the rule of the heuristic that chose its list. It is algorithm 4 of
/// Singh et al., "FreshDiskANN" (2021), without choosing anew among those that stay.
struct GraphRepair: Sendable {
    let graph: HNSWGraph
    let vectors: GraphVectors
    let threads: Int
    let scratches: ScratchPool
    /// The vertices that go.
    let gone: RowSet

    /// At most as many of the neighbours' neighbours are looked at.
    private static let mostCandidates = 128

    /// Does it.
    ///
    /// - Returns: the rows whose lists are others now.
    /// - Complexity: O(rows · m) and for each list that led to `gone` O(m² · dimension)
    func run() -> [UInt32] {
        let changed = Mutex<[UInt32]>([])
        WorkerThreads.forEachPiece(of: graph.count, piece: 1024, threads: threads) { _, rows in
            var mended: [UInt32] = []
            scratches.withScratch { scratch in
                for row in rows {
                    let row = UInt32(row)
                    guard !gone.contains(row) else { continue }
                    var isMended = false
                    for layer in 0...graph.level(of: row) where leads(row, on: layer) {
                        mend(row, on: layer, scratch)
                        isMended = true
                    }
                    if isMended { mended.append(row) }
                }
            }
            changed.withLock { $0.append(contentsOf: mended) }
        }
        let rows = gone.rows
        for row in rows { graph.clear(row) }
        return changed.withLock { $0 } + rows
    }

    private func leads(_ row: UInt32, on layer: Int) -> Bool {
        let links = unsafe graph.links(of: row, on: layer)
        for place in 0..<graph.degree(on: layer) {
            let neighbor = unsafe links[place]
            if neighbor == LinkTable.none { return false }
            if gone.contains(neighbor) { return true }
        }
        return false
    }

    private func mend(_ row: UInt32, on layer: Int, _ scratch: SearchScratch) {
        let neighbors = graph.neighbors(of: row, on: layer)
        var kept = neighbors.filter { !gone.contains($0) }
        let lost = neighbors.count - kept.count
        var others = candidates(for: row, neighbors, on: layer)
            .map { LinkCandidate(row: $0, distance: vectors.distance(row, $0)) }
        others.sort()
        var added = 0
        for candidate in others where added < lost {
            let isDiverse = kept.allSatisfy {
                vectors.distance(candidate.row, $0) > candidate.distance
            }
            guard isDiverse || kept.isEmpty else { continue }
            kept.append(candidate.row)
            added += 1
        }
        let links = unsafe graph.links(of: row, on: layer)
        for place in 0..<graph.degree(on: layer) {
            unsafe links[place] = place < kept.count ? kept[place] : LinkTable.none
        }
    }

    /// What can be reached from a row through those that go, without what it has already.
    private func candidates(
        for row: UInt32, _ neighbors: [UInt32], on layer: Int
    ) -> [UInt32] {
        var seen = Set(neighbors)
        seen.insert(row)
        var found: [UInt32] = []
        var through = neighbors.filter(gone.contains)
        while let vertex = through.popLast(), found.count < Self.mostCandidates {
            for next in graph.neighbors(of: vertex, on: layer) where seen.insert(next).inserted {
                if !gone.contains(next) {
                    found.append(next)
                } else if seen.count < 4 * Self.mostCandidates {
                    through.insert(next, at: 0)
                }
            }
        }
        return found
    }
}

extension HNSWGraph {
    /// The neighbours of a row on a layer.
    package func neighbors(of row: UInt32, on layer: Int) -> [UInt32] {
        let links = unsafe self.links(of: row, on: layer)
        var neighbors: [UInt32] = []
        neighbors.reserveCapacity(degree(on: layer))
        for place in 0..<degree(on: layer) {
            let neighbor = unsafe links[place]
            if neighbor == LinkTable.none { break }
            neighbors.append(neighbor)
        }
        return neighbors
    }
}
