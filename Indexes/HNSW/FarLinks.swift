import GraphConstruction
import VectorCore

/// What a row that is inserted may link to on a layer, nearest first.
struct NearCandidates {
    /// By the metric.
    var found: [LinkCandidate] = []
    /// By L2, where links are mixed.
    var near: [LinkCandidate]?
}

/// Links of late groups to others.
///
/// Where vectors lie in tight groups, such as the scenes of a film, the nearest of a vector are those of its own group and of
/// one or two others. A build inserts in random order: the first of each group see all groups, and those that
/// follow find better links between the same two. A group that comes when the others are complete sees few of them. Searches
/// that get there find no way on, not even to the groups that have long been there. So a row with
/// few links in different directions chooses among vectors that lie farther away too.
extension GraphInsertion {
    /// The layer above is searched this many times as widely as the row's own, as there are fewer of each group.
    private static let breadthAbove = 3

    /// Chooses the links of a row on a layer among candidates and others that lie farther away.
    ///
    /// - Parameters:
    ///   - far: others, by their distance under ``GraphVectors/nearness``, in any order.
    /// - Returns: the links, nearest first.
    /// - Complexity: O((candidates + far) · m · dimension)
    func chooseLinks(
        of row: UInt32, on layer: Int, among candidates: NearCandidates, and far: [LinkCandidate],
        _ choice: LinkChoice
    ) -> [LinkCandidate] {
        var known = Set((candidates.near ?? candidates.found).lazy.map(\.row))
        known.insert(row)
        let added = far.filter { !known.contains($0.row) && !hidden.contains($0.row) }
        let near = ((candidates.near ?? candidates.found) + added).sorted()
        var chosen = candidates.near == nil ? near : candidates.found
        choice.choose(
            among: &chosen, near: candidates.near == nil ? nil : near, of: row,
            limit: parameters.m, degree: graph.degree(on: layer))
        let isAdded = Set(added.lazy.map(\.row))
        for (place, link) in chosen.enumerated() where isAdded.contains(link.row) {
            let nearest = walk(from: link.row, towards: row, on: layer)
            guard !chosen.contains(where: { $0.row == nearest }) else { continue }
            chosen[place] = LinkCandidate(row: nearest, distance: choice.distance(row, nearest))
        }
        return chosen.sorted()
    }

    /// The nearest to a row on the layer above one.
    ///
    /// - Complexity: about O(efConstruction · m · dimension)
    func candidatesAbove(
        _ layer: Int, for row: UInt32, from entry: UInt32, _ scratch: SearchScratch
    ) -> [LinkCandidate] {
        let (scorer, rest) = vectors.scorer(row: row, under: vectors.nearness, scratch)
        graph.descend(from: entry, to: layer + 1, scorer, scratch)
        graph.searchLayer(
            layer + 1, ef: Self.breadthAbove * parameters.efConstruction, scorer, scratch)
        return (0..<scratch.beam.count).map { rank in
            let (row, distance) = scratch.beam[rank]
            return LinkCandidate(row: row, distance: distance + rest)
        }
    }

    /// What some neighbours of a row lead to.
    ///
    /// - Complexity: O(m² · dimension)
    func candidatesBeyond(
        _ neighbors: [LinkCandidate], of row: UInt32, on layer: Int, _ peers: BatchPeers
    ) -> [LinkCandidate] {
        let pairs = vectors.pairs(under: vectors.nearness)
        // Another thread may be writing the lists of the batch.
        let inGraph = neighbors.lazy.map(\.row).filter { !peers.contains($0) }
        return Set(inGraph.flatMap { graph.neighbors(of: $0, on: layer) }).sorted().map {
            LinkCandidate(row: $0, distance: pairs.distance(row, $0))
        }
    }

    /// Walks to the nearest to a row, as long as a neighbour is nearer: the vertex of a group that leads best to it.
    private func walk(from start: UInt32, towards row: UInt32, on layer: Int) -> UInt32 {
        let pairs = vectors.pairs(under: vectors.nearness)
        var nearest = LinkCandidate(row: start, distance: pairs.distance(row, start))
        while true {
            let next = graph.neighbors(of: nearest.row, on: layer).lazy
                .filter { !hidden.contains($0) }
                .map { LinkCandidate(row: $0, distance: pairs.distance(row, $0)) }.min()
            guard let next, next < nearest else { return nearest.row }
            nearest = next
        }
    }
}
