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
    /// - Throws: ``IndexError`` with `dimensionMismatch`, `notFinite` or `invalidParameter`, and what
    ///   ``RowVectors/forEach(_:_:)`` throws where vectors are kept elsewhere.
    /// - Complexity: about O(efSearch · m · dimension · log count)
    public func search(
        _ query: Span<Float>, k: Int, parameters: SearchParameters
    ) throws(IndexError) -> [Neighbor] {
        try validate(query, k: k)
        let efSearch = try efSearch(k: k, parameters)
        return try scratches.withScratch { scratch throws(IndexError) in
            try search(query, k: k, efSearch: efSearch, scratch)
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
        guard queries.rows > 0 else { return [] }
        return try answers(queries.rows, piece: 64, threads) { row, scratch throws(IndexError) in
            try search(queries[row], k: k, efSearch: efSearch, scratch)
        }
    }

    /// What `answer` gives for each query, on `threads` threads.
    ///
    /// - Throws: the first error of `answer`; no other query is begun then.
    func answers<Answer: Sendable>(
        _ queries: Int, piece: Int, _ threads: Int,
        _ answer: @Sendable (_ query: Int, _ scratch: SearchScratch) throws(IndexError) -> Answer
    ) throws(IndexError) -> [Answer] {
        let failure = Mutex<IndexError?>(nil)
        let hasFailed = Atomic<Bool>(false)
        let found = unsafe [Answer?](unsafeUninitializedCapacity: queries) { answers, count in
            // Each query's place is written by the one thread that answers it.
            nonisolated(unsafe) let answers = unsafe answers
            WorkerThreads.forEachPiece(of: queries, piece: piece, threads: threads) { _, rows in
                scratches.withScratch { scratch in
                    for row in rows {
                        var found: Answer?
                        if !hasFailed.load(ordering: .relaxed) {
                            do throws(IndexError) {
                                found = try answer(row, scratch)
                            } catch {
                                hasFailed.store(true, ordering: .relaxed)
                                failure.withLock { if $0 == nil { $0 = error } }
                            }
                        }
                        unsafe answers.initializeElement(at: row, to: found)
                    }
                }
            }
            count = queries
        }
        if let error = failure.withLock({ $0 }) { throw error }
        return found.compactMap { $0 }
    }

    func efSearch(
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
    ) throws(IndexError) -> [Neighbor] {
        unsafe try withPreparedQuery(query) { prepared throws(IndexError) in
            let wanted = min(k, count)
            guard wanted > 0 else { return [] }
            let scorer = unsafe rows.scorer(prepared, metric: kernel, scratch)
            guard keepsVectors else {
                return unsafe try searchReading(prepared, scorer, k: wanted, efSearch, scratch)
            }
            let exact = unsafe DistanceScorer(kernel, query: prepared, vectors: vectors)
            var efSearch = widened(efSearch)
            while true {
                walk(efSearch, scorer, scratch)
                let found = answer(k: wanted, exact, scratch)
                if found.count == wanted { return found }
                // Hidden vertices may fill the beam, and distances may overflow.
                guard !hidden.isEmpty, efSearch < vertexCount else {
                    return scan(k: wanted, exact)
                }
                efSearch = min(vertexCount, 4 * efSearch)
            }
        }
    }

    /// As `search`, where vectors are kept elsewhere.
    private func searchReading(
        _ prepared: UnsafePointer<Float>, _ scorer: DistanceScorer, k: Int, _ efSearch: Int,
        _ scratch: SearchScratch
    ) throws(IndexError) -> [Neighbor] {
        let (candidates, isolated) = candidates(scorer, k: k, efSearch, scratch)
        return unsafe try nearest(of: candidates, isolated, k: k, to: prepared)
    }

    /// The rows, in and outside the graph, among which a search looks for the `k` nearest by vectors that
    /// are kept elsewhere.
    private func candidates(
        _ scorer: DistanceScorer, k: Int, _ efSearch: Int, _ scratch: SearchScratch
    ) -> (candidates: [UInt32], isolated: [UInt32]) {
        let isolated = isolated.filter { !hidden.contains($0) }
        var efSearch = widened(efSearch)
        while true {
            walk(efSearch, scorer, scratch)
            let vertices = (0..<scratch.beam.count).lazy.map { scratch.beam[$0].row }
            let candidates = candidates(vertices, wanted: k) { !hidden.contains($0) }
            if candidates.count + isolated.count >= k { return (candidates, isolated) }
            // Hidden vertices may fill the beam, and distances may overflow.
            guard !hidden.isEmpty, efSearch < vertexCount else { return (shown.rows, []) }
            efSearch = min(vertexCount, 4 * efSearch)
        }
    }

    /// For each query the rows that a search measures, in no order, where vectors are kept elsewhere.
    ///
    /// No vector is read. The answer has all of the nearest that are among these.
    ///
    /// - Throws: ``IndexError`` as `search` does for wrong queries and parameters.
    package func measuredRows(
        _ queries: FloatMatrix, k: Int, efSearch: Int, threads: Int
    ) throws(IndexError) -> [[UInt32]] {
        precondition(!keepsVectors)
        try validate(queries, k: k)
        let efSearch = try self.efSearch(k: k, SearchParameters(efSearch: efSearch))
        return try answers(queries.rows, piece: 64, threads) { row, scratch throws(IndexError) in
            unsafe withPreparedQuery(queries[row]) { prepared in
                let scorer = unsafe rows.scorer(prepared, metric: kernel, scratch)
                let (candidates, isolated) = candidates(
                    scorer, k: min(k, count), efSearch, scratch)
                return candidates + isolated
            }
        }
    }

    /// As many candidates more as are going to be hidden.
    private func widened(_ efSearch: Int) -> Int {
        guard !hidden.isEmpty, vertexCount > 0 else { return efSearch }
        // Rows that have left the graph are hidden too, and are in nobody's way.
        let shown = count - pending.count - isolated.count - equals.pairs.count
        let share = min(0.75, Double(max(0, vertexCount - shown)) / Double(vertexCount))
        return Int((Double(efSearch) / (1 - share)).rounded(.up))
    }

    /// Leaves the nearest vertices, and the rows that are not in the graph yet, in the beam.
    private func walk(_ efSearch: Int, _ scorer: DistanceScorer, _ scratch: SearchScratch) {
        if vertexCount > 0 {
            graph.descend(from: entry, to: 0, scorer, scratch)
            graph.searchLayer(0, ef: efSearch, from: entry, scorer, scratch)
        } else {
            scratch.beam.reset(capacity: efSearch)
        }
        scratch.offer(pending, scorer)
    }

    /// The nearest of the beam, their copies and the rows outside the graph.
    private func answer(
        k: Int, _ exact: DistanceScorer, _ scratch: SearchScratch
    ) -> [Neighbor] {
        var found: [Neighbor] = []
        found.reserveCapacity(k)
        for nearest in nearestByVectors(scratch, k: k, exact) {
            guard found.count < k else { break }
            let distance = kernel.finish(nearest.distance)
            if !hidden.contains(nearest.row.rawValue) {
                found.append(Neighbor(row: nearest.row, distance: distance))
            }
            guard !equals.pairs.isEmpty else { continue }
            for copy in equals.copies(of: nearest.row.rawValue)
            where found.count < k && !hidden.contains(copy) {
                found.append(Neighbor(row: RowID(rawValue: copy), distance: distance))
            }
        }
        guard isolated.isEmpty else { return merge(found, k: k, exact) }
        // Different raw distances may become equal ones, and ties go by row.
        found.sort()
        return found
    }

    /// The first candidates with their raw distances, nearest first; those that codes found are
    /// measured by the vectors, and some more of them than `k`, since codes may have misplaced them.
    private func nearestByVectors(
        _ scratch: SearchScratch, k: Int, _ scorer: DistanceScorer
    ) -> [Neighbor] {
        guard rows.codes != nil else {
            return (0..<scratch.beam.count).lazy.map { rank in
                let (row, distance) = scratch.beam[rank]
                return Neighbor(row: RowID(rawValue: row), distance: distance)
            }.filter { self.mayAnswer($0.row.rawValue) }.prefix(k).map { $0 }
        }
        var candidates: [UInt32] = []
        let most = k + k / 2 + Self.leastSpare
        candidates.reserveCapacity(min(most, scratch.beam.count))
        for rank in 0..<scratch.beam.count where candidates.count < most {
            let row = scratch.beam[rank].row
            if mayAnswer(row) { candidates.append(row) }
        }
        let measured = candidates.count
        guard measured > 0 else { return [] }
        let distances = unsafe [Float](unsafeUninitializedCapacity: measured) { target, count in
            unsafe candidates.withUnsafeBufferPointer { candidates in
                guard let start = candidates.baseAddress, let target = target.baseAddress else {
                    return
                }
                unsafe scorer.score(rows: start, count: measured, into: target)
            }
            count = measured
        }
        return zip(candidates, distances)
            .map { Neighbor(row: RowID(rawValue: $0), distance: $1) }.sorted()
    }

    /// Whether a vertex or a copy of it can be found.
    private func mayAnswer(_ vertex: UInt32) -> Bool {
        hidden.isEmpty || !hidden.contains(vertex)
            || equals.copies(of: vertex).contains { !hidden.contains($0) }
    }

    /// Candidates that are measured beyond one and a half times those wanted.
    static let leastSpare = 2

    /// Adds the rows outside the graph to what the graph gave.
    private func merge(_ found: [Neighbor], k: Int, _ scorer: DistanceScorer) -> [Neighbor] {
        var top = TopK(k: k)
        for neighbor in found { top.offer(neighbor) }
        for row in isolated where !hidden.contains(row) {
            let distance = kernel.finish(scorer.distance(to: row))
            top.offer(Neighbor(row: RowID(rawValue: row), distance: distance))
        }
        return top.sorted()
    }

    /// Answers exactly: the walk found fewer rows than were asked for and are there.
    private func scan(k: Int, _ scorer: DistanceScorer) -> [Neighbor] {
        var top = TopK(k: k)
        for row in 0..<UInt32(rowCount) where !hidden.contains(row) {
            let distance = kernel.finish(scorer.distance(to: row))
            top.offer(Neighbor(row: RowID(rawValue: row), distance: distance))
        }
        return top.sorted()
    }

    /// The query as the index compares it, 64-byte aligned and padded.
    func withPreparedQuery<Answer, E: Error>(
        _ query: Span<Float>, _ body: (UnsafePointer<Float>) throws(E) -> Answer
    ) throws(E) -> Answer {
        let stride = vectors.stride
        return unsafe try withUnsafeTemporaryAllocation(byteCount: stride * 4, alignment: 64) {
            bytes throws(E) in
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
            return unsafe try body(start)
        }
    }
}
