import GraphConstruction
import Synchronization
import VectorCore
import WorkerThreads

/// Takes vertices out of a graph that nobody else sees, and mends the lists that led to them.
///
/// A vertex that has lost enough neighbours gets theirs instead, the nearest that are nearer to it
/// than to all that it keeps: the rule of the heuristic that chose its list. It is algorithm 4 of
/// Singh et al., "FreshDiskANN" (2021), without choosing anew among those that stay.
struct GraphRepair: Sendable {
    let graph: HNSWGraph
    let vectors: GraphVectors
    let threads: Int
    let scratches: ScratchPool
    /// The vertices that go.
    let gone: RowSet
    /// How fast to go on beside others; nil for as fast as can be.
    let pace: WorkPace?

    /// At most as many of the neighbours' neighbours are looked at.
    private static let mostCandidates = 128
    /// A list gets others once this share of its places is empty.
    private static let spareShare = 4
    /// At most so many of those that go are passed through.
    private static let mostPassed = 256

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
                    guard isMended else { continue }
                    mended.append(row)
                    pace?.pause()
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
        let links = unsafe graph.links(of: row, on: layer)
        let degree = graph.degree(on: layer)
        let neighbors = graph.neighbors(of: row, on: layer)
        var kept = neighbors.filter { !gone.contains($0) }
        defer {
            for place in 0..<degree {
                unsafe links[place] = place < kept.count ? kept[place] : LinkTable.none
            }
        }
        guard kept.count < degree - degree / Self.spareShare else { return }
        let (scorer, rest) = vectors.scorer(row: row, scratch)
        scratch.beam.reset(capacity: Self.mostCandidates)
        scratch.offer(candidates(for: row, neighbors, on: layer, scratch), scorer)
        for rank in 0..<scratch.beam.count where kept.count < degree {
            let (candidate, distance) = scratch.beam[rank]
            if kept.allSatisfy({ vectors.distance(candidate, $0) > distance + rest }) {
                kept.append(candidate)
            }
        }
    }

    /// What can be reached from a row through those that go, without what it has already.
    private func candidates(
        for row: UInt32, _ neighbors: [UInt32], on layer: Int, _ scratch: SearchScratch
    ) -> [UInt32] {
        scratch.fit(count: graph.count)
        scratch.visited.clear()
        for known in neighbors + [row] { _ = scratch.visited.insert(known) }
        var found: [UInt32] = []
        var through = neighbors.filter(gone.contains)
        var next = 0
        while next < through.count, found.count < Self.mostCandidates {
            let links = unsafe graph.links(of: through[next], on: layer)
            next += 1
            for place in 0..<graph.degree(on: layer) {
                let neighbor = unsafe links[place]
                if neighbor == LinkTable.none { break }
                guard scratch.visited.insert(neighbor) else { continue }
                if !gone.contains(neighbor) {
                    found.append(neighbor)
                } else if through.count < Self.mostPassed {
                    through.append(neighbor)
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
