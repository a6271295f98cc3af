import GraphConstruction
import VectorCore
import VectorKernels

extension HNSWGraph {
    /// Leaves the nearest vertices of a walk in the beam, those that are asked for among others.
    ///
    /// - Parameter scored: how many rows have been scored, added to.
    /// - Returns: false where the walk ended at its budget.
    func search(
        from entry: UInt32, _ walk: AmongWalk, _ wanted: RowSet, _ scorer: DistanceScorer,
        _ scratch: SearchScratch, _ scored: inout Int
    ) -> Bool {
        var counted = CountedWalk(
            graph: self, scorer: scorer, scratch: scratch, budget: walk.budget)
        defer { scored += counted.scored }
        guard counted.start(at: entry) else { return false }
        for layer in stride(from: level(of: entry), to: 0, by: -1) {
            guard counted.widen(layer, ef: 1, steppingTo: nil) else { return false }
        }
        return counted.widen(
            0, ef: walk.efSearch, from: entry, steppingTo: walk.stepsOver ? wanted : nil)
    }
}

/// A walk that counts the rows that it scores, and ends before they are more than it may score.
private struct CountedWalk {
    let graph: HNSWGraph
    let scorer: DistanceScorer
    let scratch: SearchScratch
    let budget: Int
    var scored = 0
    /// Vertices that have just been met, and their distances; and those that are stepped over.
    private var pending: [UInt32] = []
    private var stepped: [UInt32] = []
    private var distances: [Float] = []

    init(graph: HNSWGraph, scorer: DistanceScorer, scratch: SearchScratch, budget: Int) {
        self.graph = graph
        self.scorer = scorer
        self.scratch = scratch
        self.budget = budget
    }

    mutating func start(at entry: UInt32) -> Bool {
        guard budget > 0 else { return false }
        scored = 1
        scratch.fit(count: graph.count)
        scratch.beam.reset(capacity: 1)
        scratch.beam.offer(entry, at: scorer.distance(to: entry))
        return true
    }

    /// Widens the beam to the `ef` nearest vertices that are reachable from it on a layer.
    ///
    /// - Parameters:
    ///   - entry: a vertex to start from beside those in the beam.
    ///   - wanted: where it is given, the others are stepped over.
    /// - Returns: false where the budget does not suffice.
    mutating func widen(
        _ layer: Int, ef: Int, from entry: UInt32? = nil, steppingTo wanted: RowSet?
    ) -> Bool {
        scratch.visited.clear()
        scratch.beam.restart(capacity: ef)
        for rank in 0..<scratch.beam.count { _ = scratch.visited.insert(scratch.beam[rank].row) }
        if let entry, scratch.visited.insert(entry) {
            guard scored < budget else { return false }
            scored += 1
            scratch.beam.offer(entry, at: scorer.distance(to: entry))
        }
        while let vertex = scratch.beam.popNearest() {
            pending.removeAll(keepingCapacity: true)
            collect(vertex, layer, wanted)
            guard scored + pending.count <= budget else { return false }
            scored += pending.count
            if distances.count < pending.count {
                distances = [Float](repeating: 0, count: 2 * pending.count)
            }
            unsafe scorer.score(rows: pending, count: pending.count, into: &distances)
            for (place, row) in pending.enumerated() where distances[place] < scratch.beam.worst {
                prefetchLinks(of: row, on: layer)
                scratch.beam.offer(row, at: distances[place])
            }
        }
        return true
    }

    /// Notes the neighbours of a vertex that have not been met, and, where only some vertices are
    /// wanted, those of its other neighbours in their place.
    private mutating func collect(_ vertex: UInt32, _ layer: Int, _ wanted: RowSet?) {
        let degree = graph.degree(on: layer)
        let links = unsafe graph.links(of: vertex, on: layer)
        stepped.removeAll(keepingCapacity: true)
        for place in 0..<degree {
            let neighbor = unsafe links[place]
            if neighbor == LinkTable.none { break }
            guard scratch.visited.insert(neighbor) else { continue }
            guard let wanted, !wanted.contains(neighbor) else {
                note(neighbor)
                continue
            }
            prefetchLinks(of: neighbor, on: layer)
            stepped.append(neighbor)
        }
        guard let wanted else { return }
        for neighbor in stepped {
            let beyond = unsafe graph.links(of: neighbor, on: layer)
            for place in 0..<degree {
                let next = unsafe beyond[place]
                if next == LinkTable.none { break }
                guard wanted.contains(next), scratch.visited.insert(next) else { continue }
                note(next)
            }
        }
    }

    private mutating func note(_ row: UInt32) {
        unsafe scorer.prefetch(row: row)
        pending.append(row)
    }

    private func prefetchLinks(of row: UInt32, on layer: Int) {
        let list = unsafe UnsafeRawPointer(graph.links(of: row, on: layer))
        unsafe prefetch(list)
        unsafe prefetch(list + 64)
    }
}
