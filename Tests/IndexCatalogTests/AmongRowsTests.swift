import HNSW
import TestSupport
import Testing
import VectorCore

/// Searches of a graph for some of its rows.
@Suite struct AmongRowsTests {
    private static let metrics: [DistanceMetric] = [.l2, .cosine, .innerProduct, .l1]

    private func index(
        _ set: VectorSet, _ metric: DistanceMetric, codes: VectorCodes? = nil
    ) throws -> HNSWIndex {
        try HNSWIndex.build(
            set.matrix, metric: metric,
            parameters: HNSWParameters(m: 8, efConstruction: 60, codes: codes), threads: 2)
    }

    /// Rows drawn at random, each with the chance `share`.
    private func rows(
        of count: Int, share: Double, using generator: inout SplitMix64
    ) -> RowSet {
        var rows = RowSet()
        for row in 0..<UInt32(count) where Double.random(in: 0..<1, using: &generator) < share {
            rows.insert(row)
        }
        return rows
    }

    /// At every selectivity: min(k, matches) answers, sorted, of the rows that were asked for, nearly
    /// all of the nearest, for at most 1.2 times the work of a scan.
    @Test(arguments: metrics, [VectorCodes?.none, .f32])
    func findsTheNearestOfSomeRows(metric: DistanceMetric, codes: VectorCodes?) throws {
        for set in [
            VectorSet.clustered(4000, dimension: 40), .copies(dimension: 17),
            .zeros(30, of: 600, dimension: 9), .allEqual(300, dimension: 5),
        ] {
            let index = try index(set, metric, codes: codes)
            let reference = ReferenceSearch(set.vectors, metric: metric)
            try withEverySeed(0..<2) { generator, seed in
                for share in [1, 0.5, 0.3, 0.1, 0.01, 0.001, 0] {
                    let rows = rows(of: index.count, share: share, using: &generator)
                    for k in [1, 10, 50] {
                        let answers = try index.answersAmong(
                            set.queryMatrix, k: k, parameters: SearchParameters(efSearch: 60),
                            among: rows, threads: 2)
                        var hits = 0.0
                        for (query, answer) in answers.enumerated() {
                            let place: Comment = "\(set), seed \(seed), share \(share), k \(k)"
                            let found = answer.neighbors
                            #expect(found.count == min(k, rows.count), place)
                            #expect(found == found.sorted(), place)
                            #expect(Set(found.map(\.row)).count == found.count, place)
                            #expect(found.allSatisfy { rows.contains($0.row.rawValue) }, place)
                            #expect(
                                Double(answer.scored) <= 1.2 * Double(rows.count) + 1, place)
                            guard !found.isEmpty else { continue }
                            let distances = reference.distances(from: set.queries[query])
                            let among = rows.rows.map { distances[Int($0)] }.sorted()
                            let bound = among[found.count - 1]
                            let near = found.count {
                                distances[$0.row.position] <= bound + abs(bound) * 1e-5
                            }
                            hits += Double(near) / Double(found.count)
                        }
                        let recall = hits / Double(answers.count)
                        #expect(
                            rows.isEmpty || recall >= 0.95,
                            "\(set), seed \(seed), share \(share), k \(k): \(recall)")
                    }
                }
            }
        }
    }

    /// Where many rows are asked for the graph is walked, and far fewer rows are scored.
    @Test func walksWhereThatIsLess() throws {
        let set = VectorSet.clustered(6000, dimension: 40)
        let index = try index(set, .l2)
        var generator = SplitMix64(seed: 3)
        for (share, most) in [(1.0, 0.2), (0.5, 0.2)] {
            let rows = rows(of: index.count, share: share, using: &generator)
            let answers = try index.answersAmong(
                set.queryMatrix, k: 5, parameters: SearchParameters(efSearch: 20), among: rows,
                threads: 1)
            let scored = answers.reduce(0) { $0 + $1.scored }
            #expect(
                Double(scored) < most * Double(rows.count * answers.count), "share \(share)")
        }
    }

    @Test func wrongInputIsRefused() throws {
        let set = VectorSet.gaussian(50, dimension: 8)
        let index = try index(set, .l2)
        var rows = RowSet()
        rows.insert(3)
        #expect(throws: IndexError.self) {
            try index.searchBatch(
                set.queryMatrix, k: 0, parameters: SearchParameters(), among: rows, threads: 1)
        }
        #expect(throws: IndexError.self) {
            try index.searchBatch(
                set.queryMatrix, k: 1, parameters: SearchParameters(efSearch: 0), among: rows,
                threads: 1)
        }
    }
}
