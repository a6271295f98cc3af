import GraphConstruction
public import VectorCore
import VectorKernels
import WorkerThreads

extension HNSWIndex {
    /// Appends the nearest rows that a walk through the graph finds, nearest first, for every query.
    ///
    /// Algorithm 5 of the paper. Where only some rows are allowed, a walk among them or a scan is done, whichever
    /// is predicted to cost less. efSearch is raised to `k` where it is smaller.
    ///
    /// - Throws: ``IndexError`` with `dimensionMismatch`, `notFinite` or `invalidParameter`, and what
    ///   ``RowVectors/forEach(_:_:)`` throws where vectors are kept elsewhere.
    /// - Complexity: about O(efSearch · m · dimension · log count) a query, or that of a scan
    public func search(
        _ queries: borrowing Queries, _ limits: SearchLimits, into answers: inout Answers
    ) throws(IndexError) {
        let (k, threads) = (limits.k, limits.threads)
        try validate(queries, k: k)
        let efSearch = try efSearch(limits)
        let allowed = limits.rows(of: rowCount, hiding: hidden)
        guard limits.effort != .exact, limits.within == nil, codesFit else {
            return answers.append(
                Answers(
                    try scanned(
                        queries.matrix, k: k, within: limits.within, among: allowed,
                        threads: threads)))
        }
        if let allowed {
            let found = try answersAmong(
                queries.matrix, k: k, efSearch: efSearch, among: allowed, threads: threads)
            answers.append(Answers(found.map(\.neighbors)))
        } else if queries.count == 1 {
            let query = queries[0]
            answers.append(
                try scratches.withScratch { scratch throws(IndexError) in
                    try search(query, k: k, efSearch: efSearch, scratch)
                })
        } else {
            answers.append(
                Answers(
                    try searchBatch(queries.matrix, k: k, efSearch: efSearch, threads: threads)))
        }
    }

    private func searchBatch(
        _ queries: FloatMatrix, k: Int, efSearch: Int, threads: Int
    ) throws(IndexError) -> [[Neighbor]] {
        guard queries.rows > 0 else { return [] }
        guard rows.byteCount >= Self.cachedBytes else {
            return try scratches.map(queries.rows, piece: 64, threads: threads) {
                row, scratch throws(IndexError) in
                try search(queries[row], k: k, efSearch: efSearch, scratch)
            }
        }
        var answers: [[Neighbor]] = []
        answers.reserveCapacity(queries.rows)
        for first in stride(from: 0, to: queries.rows, by: PreparedBatch.most) {
            let places = first..<min(queries.rows, first + PreparedBatch.most)
            answers += try searchByRegion(queries, places, k: k, efSearch: efSearch, threads)
        }
        return answers
    }

    /// Rows of so many bytes stay in the caches in whatever order they are met.
    private static let cachedBytes = 4 << 20

    /// Answers some queries of a batch, one region of the graph after another.
    private func searchByRegion(
        _ queries: FloatMatrix, _ places: Range<Int>, k: Int, efSearch: Int, _ threads: Int
    ) throws(IndexError) -> [[Neighbor]] {
        let batch = PreparedBatch(queries, places, of: self, threads: threads)
        let starts = SearchStarts(batch, of: self, threads: threads)
        return try withExtendedLifetime(batch) { () throws(IndexError) in
            try scratches.map(
                places.count, order: starts.order, piece: 64, threads: threads
            ) { place, scratch throws(IndexError) in
                let item = batch.items[place]
                let query = queries[places.lowerBound + place]
                return try answer(query, item.query, k: k) { (wanted) throws(IndexError) in
                    try search(
                        item, k: wanted, efSearch, from: starts.starts[place], scratch)
                }
            }
        }
    }

    func efSearch(_ limits: SearchLimits) throws(IndexError) -> Int {
        let efSearch =
            if case .setting(let setting) = limits.effort { setting } else { parameters.efSearch }
        guard efSearch >= 1 else {
            throw IndexError(
                .invalidParameter, "efSearch is \(efSearch); it must be at least 1.")
        }
        return max(1, min(count, max(efSearch, limits.k)))
    }

    private func search(
        _ query: Span<Float>, k: Int, efSearch: Int, _ scratch: SearchScratch
    ) throws(IndexError) -> [Neighbor] {
        let prepared = prepared(query, in: scratch)
        return try answer(query, prepared, k: k) { (wanted) throws(IndexError) in
            let scorer = unsafe rows.scorer(prepared.numbers, scratch)
            return try search(
                PreparedBatch.Item(query: prepared, scorer: scorer), k: wanted, efSearch,
                from: nil, scratch)
        }
    }

    /// What a walk finds, or all that is known where it cannot tell distances or finds too few.
    private func answer(
        _ query: Span<Float>, _ prepared: PreparedQuery, k: Int,
        _ walk: (_ wanted: Int) throws(IndexError) -> [Neighbor]?
    ) throws(IndexError) -> [Neighbor] {
        let wanted = min(k, count)
        guard wanted > 0 else { return [] }
        if prepared.isUsual, let found = try walk(wanted) { return try QueryCheck.checked(found) }
        return try scanned(Queries(query).matrix, k: k, threads: 1).first ?? []
    }

    /// - Parameter start: where the layers above lead to, if that is known.
    /// - Returns: nil where a walk finds too few: distances overflow.
    private func search(
        _ item: PreparedBatch.Item, k: Int, _ efSearch: Int, from start: UInt32?,
        _ scratch: SearchScratch
    ) throws(IndexError) -> [Neighbor]? {
        let (query, scorer) = (item.query, item.scorer)
        let isolated = shownIsolated
        var nearest = NearestRows(k: 0)
        swap(&nearest, &scratch.nearest)
        defer { swap(&nearest, &scratch.nearest) }
        nearest.restart(k: k)
        var efSearch = widened(efSearch)
        while true {
            try measureIsolated(isolated, query, into: &nearest)
            if noVertexIsNearer(than: nearest, query) { return nearest.neighbors }
            walk(efSearch, from: start, scorer, scratch)
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
    ///
    /// - Parameter start: where the layers above lead to, if that is known.
    func walk(
        _ efSearch: Int, from start: UInt32? = nil, _ scorer: DistanceScorer,
        _ scratch: SearchScratch
    ) {
        if vertexCount > 0 {
            if let start {
                scratch.start(from: start, scorer, count: graph.count)
            } else {
                graph.descend(from: entry, to: 0, scorer, scratch)
            }
            graph.searchLayer(0, ef: efSearch, from: entry, scorer, scratch)
        } else {
            scratch.beam.reset(capacity: efSearch)
        }
        scratch.offer(pending, scorer)
    }
}
