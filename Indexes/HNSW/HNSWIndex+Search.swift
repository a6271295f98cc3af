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
        guard codesFit else {
            return try searchBatchExactly(queries, k: k, threads: threads)
        }
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
        let wanted = min(k, count)
        guard wanted > 0 else { return [] }
        guard codesFit else { return try searchExactly(query, k: k) }
        let found = try withPreparedQuery(query) { prepared throws(IndexError) -> [Neighbor]? in
            guard prepared.isUsual else { return nil }
            return try search(prepared, k: wanted, efSearch, scratch)
        }
        if let found { return try QueryCheck.checked(found) }
        return try searchExactly(query, k: k)
    }

    /// - Returns: nil where a walk finds too few: distances overflow.
    private func search(
        _ query: PreparedQuery, k: Int, _ efSearch: Int, _ scratch: SearchScratch
    ) throws(IndexError) -> [Neighbor]? {
        let scorer = unsafe rows.scorer(query.numbers, metric: kernel, scratch)
        let isolated = shownIsolated
        var nearest = NearestRows(k: k)
        var efSearch = widened(efSearch)
        while true {
            try measureIsolated(isolated, query, into: &nearest)
            if noVertexIsNearer(than: nearest, query) { return nearest.neighbors }
            walk(efSearch, scorer, scratch)
            let asked = try measureCandidates(of: scratch, query, into: &nearest)
            if isolated.count + asked >= k { return nearest.neighbors }
            // Hidden vertices may fill the beam.
            guard !hidden.isEmpty, efSearch < vertexCount else { return nil }
            nearest.removeAll()
            efSearch = min(vertexCount, 4 * efSearch)
        }
    }

    /// The rows outside the graph that may be in an answer, ascending.
    var shownIsolated: [UInt32] {
        guard !isolated.isEmpty, !hidden.isEmpty else { return isolated }
        let hidden = hidden
        return isolated.filter { !hidden.contains($0) }
    }

    /// Whether the longest vectors have `k` products that no vertex can have, however it lies (Cauchy–Schwarz).
    private func noVertexIsNearer(than nearest: NearestRows, _ query: PreparedQuery) -> Bool {
        guard metric == .innerProduct, nearest.isFull else { return false }
        let norm = unsafe kernel.squaredNorm(query.numbers, dimension: dimension).squareRoot()
        return nearest.worst <= -norm * preparation.longest * query.unscaling
    }

    /// As many candidates more as are going to be hidden.
    func widened(_ efSearch: Int) -> Int {
        guard !hidden.isEmpty, vertexCount > 0 else { return efSearch }
        // Rows that have left the graph are hidden too, and are in nobody's way.
        let shown = count - pending.count - isolated.count - equals.pairs.count
        let share = min(0.75, Double(max(0, vertexCount - shown)) / Double(vertexCount))
        return Int((Double(efSearch) / (1 - share)).rounded(.up))
    }

    /// Leaves the nearest vertices, and the rows that are not in the graph yet, in the beam.
    func walk(_ efSearch: Int, _ scorer: DistanceScorer, _ scratch: SearchScratch) {
        if vertexCount > 0 {
            graph.descend(from: entry, to: 0, scorer, scratch)
            graph.searchLayer(0, ef: efSearch, from: entry, scorer, scratch)
        } else {
            scratch.beam.reset(capacity: efSearch)
        }
        scratch.offer(pending, scorer)
    }
}
