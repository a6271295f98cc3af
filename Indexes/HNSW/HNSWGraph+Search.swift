import GraphConstruction
import VectorCore
import VectorKernels

extension HNSWGraph {
    /// Walks from the entry down to a layer, on each above it to the nearest vertex, which is left in
    /// the beam.
    func descend(
        from entry: UInt32, to bottom: Int, _ scorer: DistanceScorer, _ scratch: SearchScratch
    ) {
        scratch.start(from: entry, scorer, count: count)
        let room = unsafe (rows: scratch.pending, distances: scratch.distances)
        for layer in stride(from: level(of: entry), to: bottom, by: -1) {
            unsafe searchLayer(
                layer, ef: 1, from: nil, scorer, &scratch.beam, &scratch.visited, room)
        }
    }

    /// Widens the beam to the `ef` nearest vertices reachable from it on a layer.
    ///
    /// SEARCH-LAYER, algorithm 2 of the paper: the beam holds *C* and *W*, the set is *v*. What will
    /// be read is asked for as soon as it is known: rows when they are met, and the lists of all
    /// vertices that enter the beam.
    ///
    /// - Parameter entry: a vertex to start from beside those in the beam. All are reached from the graph's
    ///   entry, but not from each vertex that a descent may end at.
    func searchLayer(
        _ layer: Int, ef: Int, from entry: UInt32? = nil, _ scorer: DistanceScorer,
        _ scratch: SearchScratch
    ) {
        let room = unsafe (rows: scratch.pending, distances: scratch.distances)
        unsafe searchLayer(
            layer, ef: ef, from: entry, scorer, &scratch.beam, &scratch.visited, room)
    }

    /// The same with each part of the scratch memory taken out once, and not for each of its uses.
    @unsafe
    private func searchLayer(
        _ layer: Int, ef: Int, from entry: UInt32?, _ scorer: DistanceScorer, _ beam: inout Beam,
        _ visited: inout VisitedSet,
        _ room: (rows: UnsafeMutablePointer<UInt32>, distances: UnsafeMutablePointer<Float>)
    ) {
        visited.clear()
        beam.restart(capacity: ef)
        for rank in 0..<beam.count { _ = visited.insert(beam[rank].row) }
        if let entry, visited.insert(entry) {
            beam.offer(entry, at: scorer.distance(to: entry))
        }
        let degree = degree(on: layer)
        let (pending, distances) = unsafe room
        while let vertex = beam.popNearest() {
            let links = unsafe self.links(of: vertex, on: layer)
            var unvisited = 0
            for place in 0..<degree {
                let neighbor = unsafe links[place]
                if neighbor == LinkTable.none { break }
                if visited.insert(neighbor) {
                    unsafe pending[unvisited] = neighbor
                    unvisited &+= 1
                    unsafe scorer.prefetch(row: neighbor)
                }
            }
            unsafe scorer.score(rows: pending, count: unvisited, into: distances)
            for index in 0..<unvisited where unsafe distances[index] < beam.worst {
                let row = unsafe pending[index]
                let list = unsafe UnsafeRawPointer(self.links(of: row, on: layer))
                unsafe prefetch(list)
                unsafe prefetch(list + 64)
                unsafe beam.offer(row, at: distances[index])
            }
        }
    }
}
