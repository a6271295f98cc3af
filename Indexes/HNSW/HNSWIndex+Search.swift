import GraphConstruction
import Synchronization
public import VectorCore
import VectorKernels
import WorkerThreads

extension HNSWIndex {
    /// Returns the `min(k, count)` nearest rows that the graph search finds, nearest first.
    ///
    /// Algorithm 5 of the paper. `parameters.efSearch` is raised to `k` where it is smaller.
    ///
    /// - Throws: ``IndexError`` with `dimensionMismatch`, `notFinite` or `invalidParameter`.
    /// - Complexity: about O(efSearch · m · dimension · log count)
    public func search(
        _ query: Span<Float>, k: Int, parameters: SearchParameters
    ) throws(IndexError) -> [Neighbor] {
        try validate(query, k: k)
        let efSearch = try efSearch(k: k, parameters)
        return scratches.withScratch { scratch in
            search(query, k: k, efSearch: efSearch, scratch)
        }
    }

    /// Answers many queries on `threads` threads.
    ///
    /// - Throws: ``IndexError`` as `search` does.
    public func searchBatch(
        _ queries: FloatMatrix, k: Int, parameters: SearchParameters, threads: Int
    ) throws(IndexError) -> [[Neighbor]] {
        try validate(queries, k: k)
        let efSearch = try efSearch(k: k, parameters)
        let answers = Mutex([[Neighbor]](repeating: [], count: queries.rows))
        WorkerThreads.forEachPiece(of: queries.rows, piece: 64, threads: threads) { _, rows in
            let found = scratches.withScratch { scratch in
                rows.map { search(queries[$0], k: k, efSearch: efSearch, scratch) }
            }
            answers.withLock { $0.replaceSubrange(rows, with: found) }
        }
        return answers.withLock { $0 }
    }

    private func efSearch(
        k: Int, _ parameters: SearchParameters
    ) throws(IndexError) -> Int {
        let efSearch = parameters.efSearch ?? self.parameters.efSearch
        guard efSearch >= 1 else {
            throw IndexError(
                .invalidParameter, "efSearch is \(efSearch); it must be at least 1.")
        }
        return max(1, min(count, max(efSearch, k)))
    }

    private func search(
        _ query: Span<Float>, k: Int, efSearch: Int, _ scratch: SearchScratch
    ) -> [Neighbor] {
        unsafe withPreparedQuery(query) { prepared in
            let scorer = unsafe DistanceScorer(kernel, query: prepared, vectors: vectors)
            let wanted = min(k, count)
            let inside = count - isolated.count
            if inside > 0 {
                graph.descend(from: entry, to: 0, scorer, scratch)
                graph.searchLayer(0, ef: efSearch, scorer, scratch)
            } else {
                scratch.beam.reset(capacity: efSearch)
            }
            var found: [Neighbor] = []
            found.reserveCapacity(wanted)
            for rank in 0..<scratch.beam.count {
                guard found.count < wanted else { break }
                let (row, raw) = scratch.beam[rank]
                let distance = kernel.finish(raw)
                found.append(Neighbor(row: RowID(rawValue: row), distance: distance))
                guard !equals.pairs.isEmpty else { continue }
                for copy in equals.copies(of: row).prefix(wanted - found.count) {
                    found.append(Neighbor(row: RowID(rawValue: copy), distance: distance))
                }
            }
            // The walk may find too few only in vectors whose distances overflow.
            guard found.count >= min(wanted, inside) else { return scan(k: wanted, scorer) }
            guard isolated.isEmpty else { return merge(found, k: wanted, scorer) }
            // Different raw distances may become equal ones, and ties go by row.
            found.sort()
            return found
        }
    }

    /// Adds the rows outside the graph to what the graph gave.
    private func merge(_ found: [Neighbor], k: Int, _ scorer: DistanceScorer) -> [Neighbor] {
        var top = TopK(k: k)
        for neighbor in found { top.offer(neighbor) }
        for row in isolated {
            let distance = kernel.finish(scorer.distance(to: row))
            top.offer(Neighbor(row: RowID(rawValue: row), distance: distance))
        }
        return top.sorted()
    }

    /// Answers exactly: the walk found fewer rows than were asked for and are there.
    private func scan(k: Int, _ scorer: DistanceScorer) -> [Neighbor] {
        var top = TopK(k: k)
        for row in 0..<UInt32(count) {
            let distance = kernel.finish(scorer.distance(to: row))
            top.offer(Neighbor(row: RowID(rawValue: row), distance: distance))
        }
        return top.sorted()
    }

    /// The query as the index compares it, 64-byte aligned and padded.
    private func withPreparedQuery<Result>(
        _ query: Span<Float>, _ body: (UnsafePointer<Float>) -> Result
    ) -> Result {
        let stride = vectors.stride
        return unsafe withUnsafeTemporaryAllocation(byteCount: stride * 4, alignment: 64) { bytes in
            let prepared = unsafe bytes.bindMemory(to: Float.self)
            unsafe prepared.initialize(repeating: 0)
            guard let start = prepared.baseAddress else { preconditionFailure() }
            unsafe query.withUnsafeBufferPointer { query in
                guard let source = query.baseAddress else { return }
                if metric == .cosine {
                    unsafe normalize(source, into: start, dimension: dimension, kernel: kernel)
                } else {
                    unsafe start.update(from: source, count: dimension)
                }
            }
            return unsafe body(start)
        }
    }
}

extension HNSWGraph {
    /// Walks from the entry down to a layer, on each above it to the nearest vertex, which is left in
    /// the beam.
    func descend(
        from entry: UInt32, to bottom: Int, _ scorer: DistanceScorer, _ scratch: SearchScratch
    ) {
        scratch.beam.reset(capacity: 1)
        scratch.beam.offer(entry, at: scorer.distance(to: entry))
        for layer in stride(from: level(of: entry), to: bottom, by: -1) {
            searchLayer(layer, ef: 1, scorer, scratch)
        }
    }

    /// Widens the beam to the `ef` nearest vertices reachable from it on a layer.
    ///
    /// SEARCH-LAYER, algorithm 2 of the paper: the beam holds *C* and *W*, the set is *v*.
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
                }
            }
            if let next = scratch.beam.nextNearest {
                unsafe prefetch(self.links(of: next, on: layer))
            }
            unsafe scorer.score(rows: pending, count: unvisited, into: distances)
            for index in 0..<unvisited where unsafe distances[index] < scratch.beam.worst {
                unsafe scratch.beam.offer(pending[index], at: distances[index])
            }
        }
    }
}
