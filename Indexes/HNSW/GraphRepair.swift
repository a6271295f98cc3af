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

    /// At most so many of the neighbours' neighbours are looked at.
    ///
    /// The far ones count too: they lead out of groups, and recall falls where only the nearest are tried.
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
        unsafe withUnsafeTemporaryAllocation(
            of: UInt32.self, capacity: Self.mostCandidates + Self.mostPassed
        ) { room in
            guard let found = room.baseAddress else { return }
            let through = unsafe found + Self.mostCandidates
            let degree = graph.degree(on: layer)
            let links = unsafe graph.links(of: row, on: layer)
            scratch.fit(count: graph.count)
            scratch.visited.clear()
            _ = scratch.visited.insert(row)
            var (kept, passed) = (0, 0)
            for place in 0..<degree {
                let neighbor = unsafe links[place]
                if neighbor == LinkTable.none { break }
                _ = scratch.visited.insert(neighbor)
                if gone.contains(neighbor) {
                    unsafe through[passed] = neighbor
                    passed += 1
                } else {
                    unsafe links[kept] = neighbor
                    kept += 1
                }
            }
            for place in kept..<degree { unsafe links[place] = LinkTable.none }
            guard kept < degree - degree / Self.spareShare else { return }
            let count = unsafe collect(into: found, passing: through, passed, on: layer, scratch)
            let (scorer, rest) = vectors.scorer(row: row, scratch)
            scratch.beam.reset(capacity: Self.mostCandidates)
            unsafe scratch.offer(found, count: count, scorer)
            for rank in 0..<scratch.beam.count where kept < degree {
                let (candidate, distance) = scratch.beam[rank]
                let isNearest = (0..<kept).allSatisfy {
                    unsafe vectors.distance(candidate, links[$0]) > distance + rest
                }
                guard isNearest else { continue }
                unsafe links[kept] = candidate
                kept += 1
            }
        }
    }

    /// Notes what those that go lead to, without what has been visited.
    ///
    /// - Parameters:
    ///   - found: has room for `mostCandidates`.
    ///   - through: `count` of those that go, with room for `mostPassed`.
    /// - Returns: how many were noted.
    @unsafe
    private func collect(
        into found: UnsafeMutablePointer<UInt32>, passing through: UnsafeMutablePointer<UInt32>,
        _ count: Int, on layer: Int, _ scratch: SearchScratch
    ) -> Int {
        var (passed, noted, next) = (count, 0, 0)
        while next < passed {
            let links = unsafe graph.links(of: through[next], on: layer)
            next += 1
            for place in 0..<graph.degree(on: layer) {
                let neighbor = unsafe links[place]
                if neighbor == LinkTable.none { break }
                guard scratch.visited.insert(neighbor) else { continue }
                if !gone.contains(neighbor) {
                    unsafe found[noted] = neighbor
                    noted += 1
                    if noted == Self.mostCandidates { return noted }
                } else if passed < Self.mostPassed {
                    unsafe through[passed] = neighbor
                    passed += 1
                }
            }
        }
        return noted
    }
}
