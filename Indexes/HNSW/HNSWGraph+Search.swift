import GraphConstruction
import VectorCore
import VectorKernels

extension HNSWGraph {
    /// Walks from the entry down to a layer, on each above it to the nearest vertex, which is left in
    /// the beam.
    func descend(
        from entry: UInt32, to bottom: Int, _ scorer: DistanceScorer, _ scratch: SearchScratch
    ) {
        scratch.fit(count: count)
        scratch.beam.reset(capacity: 1)
        scratch.beam.offer(entry, at: scorer.distance(to: entry))
        for layer in stride(from: level(of: entry), to: bottom, by: -1) {
            searchLayer(layer, ef: 1, scorer, scratch)
        }
    }

    /// Widens the beam to the `ef` nearest vertices reachable from it on a layer.
    ///
    /// SEARCH-LAYER, algorithm 2 of the paper: the beam holds *C* and *W*, the set is *v*. What will
    /// be read is asked for as soon as it is known: rows when they are met, and the lists of all
    /// vertices that enter the beam.
    func searchLayer(
        _ layer: Int, ef: Int, _ scorer: DistanceScorer, _ scratch: SearchScratch
    ) {
        scratch.visited.clear()
        scratch.beam.restart(capacity: ef)
        for rank in 0..<scratch.beam.count { _ = scratch.visited.insert(scratch.beam[rank].row) }
        let degree = degree(on: layer)
        let pending = unsafe scratch.pending
        let distances = unsafe scratch.distances
        while let vertex = scratch.beam.popNearest() {
            let links = unsafe self.links(of: vertex, on: layer)
            var unvisited = 0
            for place in 0..<degree {
                let neighbor = unsafe links[place]
                if neighbor == LinkTable.none { break }
                if scratch.visited.insert(neighbor) {
                    unsafe pending[unvisited] = neighbor
                    unvisited &+= 1
                    // The scorer asks for the others while it works on these.
                    if unvisited <= 4 { unsafe scorer.prefetch(row: neighbor) }
                }
            }
            unsafe scorer.score(rows: pending, count: unvisited, into: distances)
            for index in 0..<unvisited where unsafe distances[index] < scratch.beam.worst {
                let row = unsafe pending[index]
                let list = unsafe UnsafeRawPointer(self.links(of: row, on: layer))
                unsafe prefetch(list)
                unsafe prefetch(list + 64)
                unsafe scratch.beam.offer(row, at: distances[index])
            }
        }
    }
}
