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
        for layer in stride(from: level(of: entry), to: bottom, by: -1) {
            searchLayer(layer, ef: 1, scorer, scratch)
        }
    }

    /// Widens the beam to the `ef` nearest vertices reachable from it on a layer.
    ///
    /// - Parameter entry: a vertex to start from beside those in the beam. All are reached from the graph's
    ///   entry, but not from each vertex that a descent may end at.
    func searchLayer(
        _ layer: Int, ef: Int, from entry: UInt32? = nil, _ scorer: DistanceScorer,
        _ scratch: SearchScratch
    ) {
        var walk = unsafe PlainWalk(rows: scratch.pending, distances: scratch.distances)
        _ = unsafe searchLayer(
            layer, ef: ef, from: entry, scorer, &scratch.beam, &scratch.visited, &walk)
    }

    /// Leaves the nearest vertices of a walk in the beam, those that are asked for among others.
    ///
    /// - Parameter scored: how many rows have been scored, added to.
    /// - Returns: false where the walk ended at its budget.
    func search(
        from entry: UInt32, _ plan: AmongWalk, _ wanted: RowSet, _ scorer: DistanceScorer,
        _ scratch: SearchScratch, _ scored: inout Int
    ) -> Bool {
        // Of each neighbour, all neighbours.
        let room = (2 * m + 1) * 2 * m
        return unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: room) { rows in
            unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: room) { distances in
                guard let rows = rows.baseAddress, let distances = distances.baseAddress else {
                    return false
                }
                var walk = unsafe CountedWalk(budget: plan.budget, room: (rows, distances))
                defer { scored += walk.scored }
                guard walk.takes(1) else { return false }
                scratch.start(from: entry, scorer, count: count)
                for layer in stride(from: level(of: entry), to: 0, by: -1) {
                    guard
                        unsafe searchLayer(
                            layer, ef: 1, from: nil, scorer, &scratch.beam, &scratch.visited, &walk)
                    else { return false }
                }
                walk.wanted = plan.stepsOver ? wanted : nil
                return unsafe searchLayer(
                    0, ef: plan.efSearch, from: entry, scorer, &scratch.beam, &scratch.visited,
                    &walk)
            }
        }
    }

    /// Widens the beam to the `ef` nearest vertices that a walk comes to on a layer.
    ///
    /// SEARCH-LAYER, algorithm 2 of the paper: the beam holds *C* and *W*, the set is *v*. What will
    /// be read is asked for as soon as it is known: rows when they are met, and the lists of all
    /// vertices that enter the beam. Parts of the scratch memory are taken out once, and not for each of their uses.
    ///
    /// - Returns: false where the walk may not go on.
    @unsafe
    @inline(__always)
    private func searchLayer<Walk: WalkPolicy>(
        _ layer: Int, ef: Int, from entry: UInt32?, _ scorer: DistanceScorer, _ beam: inout Beam,
        _ visited: inout VisitedSet, _ walk: inout Walk
    ) -> Bool {
        visited.clear()
        beam.restart(capacity: ef)
        for rank in 0..<beam.count { _ = visited.insert(beam[rank].row) }
        if let entry, visited.insert(entry) {
            guard walk.takes(1) else { return false }
            beam.offer(entry, at: scorer.distance(to: entry))
        }
        while let vertex = beam.popNearest() {
            let met = unsafe walk.rowsMet(
                from: vertex, on: layer, of: self, scorer, &visited)
            let (rows, distances, count) = unsafe (met.rows, met.distances, met.count)
            guard walk.takes(count) else { return false }
            unsafe scorer.score(rows: rows, count: count, into: distances)
            for index in 0..<count where unsafe distances[index] < beam.worst {
                let row = unsafe rows[index]
                prefetchLinks(of: row, on: layer)
                unsafe beam.offer(row, at: distances[index])
            }
        }
        return true
    }

    /// Asks for the first links of a vertex.
    @inline(__always)
    func prefetchLinks(of row: UInt32, on layer: Int) {
        let list = unsafe UnsafeRawPointer(links(of: row, on: layer))
        unsafe prefetch(list)
        unsafe prefetch(list + 64)
    }
}
