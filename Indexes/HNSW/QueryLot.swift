import VectorCore

/// Queries of an index with their true neighbours.
struct QueryLot: Sendable {
    private let queries: PreparedBatch
    private let index: HNSWIndex
    private let starts: SearchStarts
    /// For each query the nearest rows, nearest first.
    private let neighbors: [[Neighbor]]

    /// Finds the true neighbours.
    ///
    /// - Throws: ``IndexError`` as an exact search does.
    /// - Complexity: O(queries · count · dimension / threads)
    init(_ queries: FloatMatrix, _ index: HNSWIndex, threads: Int) throws(IndexError) {
        self.queries = PreparedBatch(queries, 0..<queries.rows, of: index, threads: threads)
        self.index = index
        let most = RecallMeasurement.neighborCounts.last ?? 1
        neighbors = try index.scanned(
            queries, k: max(1, min(index.count, most)), threads: threads)
        starts = SearchStarts(self.queries, of: index, threads: threads)
    }

    /// Asks the first queries with a setting.
    ///
    /// - Parameters:
    ///   - count: how many of them.
    ///   - neighborCounts: for how many neighbours, ascending.
    ///   - pause: called now and then.
    /// - Returns: for each number of neighbours what was found.
    /// - Throws: ``IndexError`` as a search does.
    func ask(
        _ count: Int, _ setting: Int, _ neighborCounts: [Int], threads: Int,
        _ pause: @Sendable () -> Void
    ) throws(IndexError) -> [FoundSums] {
        let order = starts.order?.filter { $0 < count }
        let hits = try withExtendedLifetime(queries) { () throws(IndexError) in
            try index.scratches.map(count, order: order, piece: 8, threads: threads) {
                query, scratch throws(IndexError) -> [Int?] in
                pause()
                return try self.hits(query, setting, neighborCounts, scratch)
            }
        }
        var sums = [FoundSums](repeating: FoundSums(), count: neighborCounts.count)
        for hits in hits {
            for (place, hits) in hits.enumerated() {
                if let hits { sums[place].add(hits) }
            }
        }
        return sums
    }

    /// How many of its neighbours one query finds, for several numbers of them, by one walk; ties count.
    ///
    /// - Returns: nil where there are fewer vectors.
    private func hits(
        _ query: Int, _ setting: Int, _ counts: [Int], _ scratch: SearchScratch
    ) throws(IndexError) -> [Int?] {
        let nearest = neighbors[query]
        let item = queries.items[query]
        index.walk(index.widened(setting), from: starts.starts[query], item.scorer, scratch)
        var hits: [Int?] = []
        for k in counts {
            guard nearest.count >= k else {
                hits.append(nil)
                continue
            }
            var found = NearestRows(k: k)
            try index.measureIsolated(index.shownIsolated, item.query, into: &found)
            _ = try index.measureCandidates(of: scratch, item.query, into: &found)
            let farthest = nearest[k - 1].distance
            hits.append(found.neighbors.count { $0.distance <= farthest })
        }
        return hits
    }
}
