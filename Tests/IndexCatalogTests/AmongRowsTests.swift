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
    /// all of the nearest, for at most 1.5 times the work of a scan.
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
                            set.queryMatrix, k: k, efSearch: 60,
                            among: rows, threads: 2)
                        var hits = 0.0
                        for (query, answer) in answers.enumerated() {
                            let place: Comment = "\(set), seed \(seed), share \(share), k \(k)"
                            let found = answer.neighbors
                            #expect(found.count == min(k, rows.count), place)
                            #expect(found == found.sorted(), place)
                            #expect(Set(found.map(\.row)).count == found.count, place)
                            #expect(found.allSatisfy { rows.contains($0.row.rawValue) }, place)
                            #expect(Double(answer.scored) <= 1.5 * Double(rows.count), place)
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
                set.queryMatrix, k: 5, efSearch: 20, among: rows,
                threads: 1)
            let scored = answers.reduce(0) { $0 + $1.scored }
            #expect(
                Double(scored) < most * Double(rows.count * answers.count), "share \(share)")
        }
    }

    /// The rows that are nearest to one of them.
    private func cluster(
        of count: Int, _ set: VectorSet, using generator: inout SplitMix64
    ) -> RowSet {
        let centre = set.vectors[Int.random(in: set.vectors.indices, using: &generator)]
        let distances = ReferenceSearch(set.vectors, metric: .l2).distances(from: centre)
        let nearest = distances.indices.sorted { distances[$0] < distances[$1] }.prefix(count)
        return RowSet(of: nearest.lazy.map { UInt32($0) })
    }

    /// Where few rows are asked for of many, the walk steps over the others, unless lists are so short that
    /// what is asked for would not hang together.
    @Test(arguments: [(6, false), (8, true), (12, true), (16, true)])
    func stepsOverTheOthers(m: Int, stepsOver: Bool) throws {
        let set = VectorSet.clustered(20_000, dimension: 16)
        let index = try HNSWIndex.build(
            set.matrix, metric: .l2, parameters: HNSWParameters(m: m, efConstruction: 60),
            threads: 2)
        let reference = ReferenceSearch(set.vectors, metric: .l2)
        let k = 5
        var generator = SplitMix64(seed: 5)
        for (share, liesTogether) in [(0.29, false), (0.26, false), (0.29, true), (0.26, true)] {
            let rows =
                liesTogether
                ? cluster(of: Int(share * 20_000), set, using: &generator)
                : rows(of: index.count, share: share, using: &generator)
            // Half of the queries lie among the rows that are asked for.
            let near = rows.rows.shuffled(using: &generator).prefix(set.queries.count).map { row in
                set.vectors[Int(row)]
                    .map { $0 + 0.02 * Float.random(in: -1...1, using: &generator) }
            }
            let queries = near + set.queries
            let answers = try index.answersAmong(
                FloatMatrix(queries, columns: 16), k: k,
                efSearch: 20, among: rows, threads: 2)
            let place: Comment = "share \(share), together: \(liesTogether)"
            var hits = 0
            for (query, answer) in zip(queries, answers) {
                let found = answer.neighbors
                #expect(found.count == k, place)
                #expect(found == found.sorted(), place)
                #expect(Set(found.map(\.row)).count == k, place)
                #expect(found.allSatisfy { rows.contains($0.row.rawValue) }, place)
                #expect(Double(answer.scored) <= 1.5 * Double(rows.count), place)
                #expect(
                    answer.way == .scan
                        ? answer.scored >= rows.count : 5 * answer.scored <= rows.count,
                    place)
                let distances = reference.distances(from: query)
                let bound = rows.rows.map { distances[Int($0)] }.sorted()[k - 1]
                hits += found.count { distances[$0.row.position] <= bound * (1 + 1e-5) }
            }
            #expect(Double(hits) >= 0.95 * Double(k * queries.count), place)
            let walked = answers.prefix(near.count).count { $0.way != .scan }
            #expect(4 * walked >= 3 * near.count, place)
            #expect(answers.contains { $0.way == .twoHopWalk } == stepsOver, place)
            #expect(!answers.contains { $0.way == (stepsOver ? .walk : .twoHopWalk) }, place)
        }
    }

    /// Rows that are not in the graph yet are counted and found, and those that have gone are not.
    @Test(arguments: [1.0, 0.5, 0.2, 0.01])
    func countsWhatIsNotInTheGraphYet(share: Double) throws {
        let set = VectorSet.clustered(6000, dimension: 16)
        let writer = HNSWWriter(try index(set, .l2))
        let added = VectorSet.clustered(300, dimension: 16, seed: 9)
        var generator = SplitMix64(seed: 4)
        let removed = (0..<UInt32(6000)).shuffled(using: &generator).prefix(300)
        try writer.change(removing: Array(removed), adding: added.matrix)
        let index = writer.version
        let all = rows(of: 6300, share: share, using: &generator)
        var shown = all
        shown.subtract(RowSet(of: removed))
        let waiting = shown.rows.count { $0 >= 6000 }
        let vectors = set.vectors + added.vectors
        let reference = ReferenceSearch(vectors, metric: .l2)
        let queries = set.queries + added.queries
        for k in [1, 5] {
            let answers = try index.answersAmong(
                FloatMatrix(queries, columns: 16), k: k,
                efSearch: 15, among: all, threads: 2)
            var hits = 0
            for (query, answer) in zip(queries, answers) {
                let found = answer.neighbors
                #expect(found.count == k)
                #expect(found.allSatisfy { shown.contains($0.row.rawValue) })
                #expect(answer.scored >= waiting)
                #expect(Double(answer.scored) <= 1.5 * Double(shown.count))
                let distances = reference.distances(from: query)
                let bound = shown.rows.map { distances[Int($0)] }.sorted()[k - 1]
                hits += found.count { distances[$0.row.position] <= bound * (1 + 1e-5) }
            }
            #expect(Double(hits) >= 0.95 * Double(k * queries.count), "k \(k)")
            #expect(answers.contains { $0.way == .scan } == (share < 0.5), "k \(k)")
        }
    }

    @Test func wrongInputIsRefused() throws {
        let set = VectorSet.gaussian(50, dimension: 8)
        let index = try index(set, .l2)
        var rows = RowSet()
        rows.insert(3)
        #expect(throws: IndexError.self) {
            try index.searchBatch(
                set.queryMatrix, k: 0, among: rows, threads: 1)
        }
        #expect(throws: IndexError.self) {
            try index.searchBatch(
                set.queryMatrix, k: 1, effort: .setting(0), among: rows,
                threads: 1)
        }
    }
}
