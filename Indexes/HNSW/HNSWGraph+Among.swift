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
        descend(from: entry, to: 0, scorer, scratch)
        scratch.visited.clear()
        scratch.beam.restart(capacity: walk.efSearch)
        for rank in 0..<scratch.beam.count { _ = scratch.visited.insert(scratch.beam[rank].row) }
        var pending: [UInt32] = []
        var distances: [Float] = []
        while let vertex = scratch.beam.popNearest() {
            pending.removeAll(keepingCapacity: true)
            collect(vertex, walk.stepsOver ? wanted : nil, scratch, into: &pending)
            scored += pending.count
            guard scored <= walk.budget else { return false }
            if distances.count < pending.count {
                distances = [Float](repeating: 0, count: 2 * pending.count)
            }
            unsafe scorer.score(rows: pending, count: pending.count, into: &distances)
            for (place, row) in pending.enumerated() where distances[place] < scratch.beam.worst {
                let list = unsafe UnsafeRawPointer(links(of: row, on: 0))
                unsafe prefetch(list)
                unsafe prefetch(list + 64)
                scratch.beam.offer(row, at: distances[place])
            }
        }
        return true
    }

    /// Notes the neighbours of a vertex that have not been met, and, where only some vertices are
    /// wanted, those of its other neighbours in their place.
    private func collect(
        _ vertex: UInt32, _ wanted: RowSet?, _ scratch: SearchScratch, into pending: inout [UInt32]
    ) {
        let degree = degree(on: 0)
        let links = unsafe self.links(of: vertex, on: 0)
        for place in 0..<degree {
            let neighbor = unsafe links[place]
            if neighbor == LinkTable.none { break }
            guard scratch.visited.insert(neighbor) else { continue }
            guard let wanted, !wanted.contains(neighbor) else {
                pending.append(neighbor)
                continue
            }
            let beyond = unsafe self.links(of: neighbor, on: 0)
            for place in 0..<degree {
                let next = unsafe beyond[place]
                if next == LinkTable.none { break }
                guard wanted.contains(next), scratch.visited.insert(next) else { continue }
                pending.append(next)
            }
        }
    }
}
