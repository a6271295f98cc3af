import GraphConstruction
import Locks
import VectorCore
import WorkerThreads

/// Takes vertices out of a graph that nobody else sees, and mends the lists that led to them.
///
/// A list that has lost enough is offered the neighbours of those that went. The nearest are taken that
/// are nearer to its row than to all that it keeps: the rule of the heuristic that chose the list, and
/// algorithm 4 of Singh et al., "FreshDiskANN" (2021), without choosing anew among those that stay. That
/// rule takes few, and hardly ever one that is far, so links to other groups would die out; where a list
/// stays short, its lost links are moved on, the longest first: each to that neighbour of the vertex that
/// went which is nearest to the list's row. New links lead both ways where there is room.
struct GraphRepair: Sendable {
    let graph: HNSWGraph
    let vectors: GraphVectors
    let threads: Int
    let scratches: ScratchPool
    /// The vertices that go.
    let gone: RowSet
    /// How fast to go on beside others; nil for as fast as can be.
    let pace: WorkPace?
    /// Whether lists get at most as many links as they have lost, so that the graph is much as if the vertices had never
    /// been there; else lists that have lost many are filled.
    var onlyReplaces = false

    /// At most so many of the neighbours' neighbours are looked at.
    ///
    /// The far ones count too: they lead out of groups, and recall falls where only the nearest are tried.
    private static let mostCandidates = 128
    /// A list gets others once this share of its places is empty.
    private static let spareShare = 4
    /// And by links that are moved on at most this share is filled: a fresh list has about as many.
    private static let movedShare = 2
    /// At most so many of those that go are passed through.
    private static let mostPassed = 256
    /// So many rows are looked at before lists lead back to them; later ones count as full until then.
    private static let rowsAtOnce = 4096
    /// And beside others, so that the links of few are sorted without a rest.
    private static let pacedRowsAtOnce = 256
    /// So many lists are emptied without a rest.
    private static let clearedAtOnce = 64

    /// Does it.
    ///
    /// - Returns: the rows whose lists are others now.
    /// - Complexity: O(rows · m) and for each list that led to `gone` O(m² · dimension)
    func run() -> [UInt32] {
        let backLinks = BackLinks(
            graph: graph, choice: LinkChoice(vectors), threads: threads, choosesAnew: false,
            pace: pace)
        var changed = gone.rows
        let rowsAtOnce = pace == nil ? Self.rowsAtOnce : Self.pacedRowsAtOnce
        for start in stride(from: 0, to: graph.count, by: rowsAtOnce) {
            pace?.pause()
            let (mended, links) = mend(start..<min(start + rowsAtOnce, graph.count))
            changed += mended + (onlyReplaces ? [] : backLinks.make(links).owners)
        }
        for (position, row) in gone.rows.enumerated() {
            if position % Self.clearedAtOnce == 0 { pace?.pause() }
            graph.clear(row)
        }
        return changed
    }

    /// Mends the lists of some rows.
    ///
    /// - Returns: the rows whose lists are others now, and the links that should lead back to them.
    private func mend(_ rows: Range<Int>) -> (mended: [UInt32], links: [BackLink]) {
        let all = Lock<(mended: [UInt32], links: [BackLink])>(([], []))
        WorkerThreads.forEachPiece(of: rows.count, piece: 256, threads: threads) { _, items in
            var mended: [UInt32] = []
            var links: [BackLink] = []
            scratches.withScratch { scratch in
                for item in items {
                    let row = UInt32(rows.lowerBound + item)
                    guard !gone.contains(row) else { continue }
                    var isMended = false
                    for layer in 0...graph.level(of: row) where leads(row, on: layer) {
                        links += mend(row, on: layer, scratch).map { candidate in
                            BackLink(
                                owner: candidate.row, layer: layer,
                                candidate: LinkCandidate(row: row, distance: candidate.distance))
                        }
                        isMended = true
                    }
                    guard isMended else { continue }
                    mended.append(row)
                    pace?.pause()
                }
            }
            all.withLock {
                $0.mended += mended
                $0.links += links
            }
        }
        return all.withLock { $0 }
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

    /// Mends one list.
    ///
    /// - Returns: the neighbours that are new in it.
    private func mend(
        _ row: UInt32, on layer: Int, _ scratch: SearchScratch
    ) -> [LinkCandidate] {
        let degree = graph.degree(on: layer)
        let orders: [LinkOrder] = vectors.mixesLinks ? [.euclidean, .metric] : [.metric]
        return unsafe withUnsafeTemporaryAllocation(
            of: UInt32.self, capacity: Self.mostCandidates + max(Self.mostPassed, degree)
        ) { room in
            guard let found = room.baseAddress else { return [] }
            let through = unsafe found + Self.mostCandidates
            let links = unsafe graph.links(of: row, on: layer)
            scratch.fit(count: graph.count)
            scratch.visited.clear()
            _ = scratch.visited.insert(row)
            var (kept, lost) = (0, 0)
            for place in 0..<degree {
                let neighbor = unsafe links[place]
                if neighbor == LinkTable.none { break }
                _ = scratch.visited.insert(neighbor)
                if gone.contains(neighbor) {
                    unsafe through[lost] = neighbor
                    lost += 1
                } else {
                    unsafe links[kept] = neighbor
                    kept += 1
                }
            }
            for place in kept..<degree { unsafe links[place] = LinkTable.none }
            guard onlyReplaces || kept < degree - degree / Self.spareShare else { return [] }
            let room = onlyReplaces ? kept + lost : degree
            let most = min(kept + lost, degree / Self.movedShare)
            var added: [LinkCandidate] = []
            let count = unsafe collect(into: found, passing: through, lost, on: layer, scratch)
            let nearness = vectors.pairs(under: vectors.nearness)
            for (place, order) in orders.enumerated() {
                let free = room - kept
                let limit = kept + free / (orders.count - place)
                let (scorer, rest) = vectors.scorer(row: row, under: order, scratch)
                let pairs = vectors.pairs(under: order)
                scratch.beam.reset(capacity: Self.mostCandidates)
                unsafe scratch.offer(found, count: count, scorer)
                for rank in 0..<scratch.beam.count where kept < limit {
                    let (candidate, distance) = scratch.beam[rank]
                    let isNearest = (0..<kept).allSatisfy {
                        unsafe links[$0] != candidate
                            && pairs.distance(candidate, links[$0]) > distance + rest
                    }
                    guard isNearest else { continue }
                    unsafe links[kept] = candidate
                    kept += 1
                    // Lists take those back first that are near: the others lead to few.
                    added.append(
                        LinkCandidate(
                            row: candidate,
                            distance: order == vectors.nearness
                                ? distance + rest : nearness.distance(candidate, row)))
                }
            }
            guard kept < most else { return added }
            let lostLinks = (0..<lost).map { place in
                let vertex = unsafe through[place]
                return LinkCandidate(row: vertex, distance: nearness.distance(row, vertex))
            }
            for link in lostLinks.sorted().reversed() where kept < most {
                guard
                    let next = unsafe nearest(
                        to: row, among: link.row, on: layer, without: links, kept, nearness)
                else { continue }
                unsafe links[kept] = next.row
                kept += 1
                added.append(next)
            }
            return added
        }
    }

    /// The nearest of the neighbours of a vertex that goes which stay and are not among `links`.
    @unsafe
    private func nearest(
        to row: UInt32, among vertex: UInt32, on layer: Int,
        without links: UnsafeMutablePointer<UInt32>, _ count: Int, _ pairs: RowPairs
    ) -> LinkCandidate? {
        let others = graph.neighbors(of: vertex, on: layer).filter { other in
            other != row && !gone.contains(other)
                && !(0..<count).contains { unsafe links[$0] == other }
        }
        return others.map { LinkCandidate(row: $0, distance: pairs.distance(row, $0)) }.min()
    }

    /// Notes what those that go lead to, without what has been visited.
    ///
    /// - Parameters:
    ///   - found: has room for `mostCandidates`.
    ///   - through: `count` of those that go, with room for `mostPassed` at least.
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
