import Evaluation
import VectorCore

/// Asks sample queries for several numbers of neighbours by one walk.
struct QueryLot: SampleSearch {
    private let sample: SampleQueries
    private let queries: PreparedBatch
    private let index: HNSWIndex
    private let starts: SearchStarts

    /// Prepares queries.
    init(_ sample: SampleQueries, _ index: HNSWIndex, threads: Int) {
        self.sample = sample
        self.index = index
        queries = PreparedBatch(
            sample.queries, 0..<sample.queries.rows, of: index, threads: threads)
        starts = SearchStarts(queries, of: index, threads: threads)
    }

    func ask(
        _ count: Int, setting: Int, _ neighborCounts: [Int], threads: Int,
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
        let item = queries.items[query]
        index.walk(index.widened(setting), from: starts.starts[query], item.scorer, scratch)
        var hits: [Int?] = []
        for k in counts {
            guard let farthest = sample.farthest(query, k: k) else {
                hits.append(nil)
                continue
            }
            var found = NearestRows(k: k)
            try index.measureIsolated(index.shownIsolated, item.query, into: &found)
            _ = try index.measureCandidates(of: scratch, item.query, into: &found)
            hits.append(found.neighbors.count { $0.distance <= farthest })
        }
        return hits
    }
}
