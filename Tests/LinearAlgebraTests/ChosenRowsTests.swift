import LinearAlgebra
import TestSupport
import Testing
import VectorCore
import VectorKernels

/// Searches of some of the rows answer as a scan of them in double precision does.
@Suite struct ChosenRowsTests {
    @Test(arguments: ExactSearchTests.metrics, ExactSearchTests.Kind.allCases)
    func equalsAScanInDoublePrecision(metric: DistanceMetric, kind: ExactSearchTests.Kind) {
        withEverySeed(0..<2) { generator, seed in
            for (count, dimension) in [(1, 3), (60, 17), (2500, 40)] {
                let vectors = kind.vectors(count, dimension: dimension, using: &generator)
                let queries = kind.vectors(30, dimension: dimension, using: &generator)
                let search = ExactSearch(vectors, metric: metric)
                for share in [0, 0.01, 0.5, 1] {
                    var rows = RowSet()
                    for row in 0..<count where Double.random(in: 0..<1, using: &generator) < share {
                        rows.insert(UInt32(row))
                    }
                    let all = (0..<queries.rows).map { query in
                        rows.rows
                            .map { ($0, search.distance(queries, query, $0)) }
                            .sorted { ($0.1, $0.0) < ($1.1, $1.0) }
                            .map { Neighbor(row: RowID(rawValue: $0.0), distance: Float($0.1)) }
                    }
                    for k in [1, 10, 60, Int.max] {
                        let expected = all.map { Array($0.prefix(k)) }
                        // Many queries go by products, few by the kernels.
                        let many = search.searchBatch(queries, k: k, among: rows, threads: 2)
                        #expect(many == expected, "seed \(seed), \(count), \(share), k \(k)")
                        let few = search.searchBatch(
                            FloatMatrix([queries.vector(0)], columns: dimension), k: k,
                            among: rows, threads: 1)
                        #expect(few == [expected[0]], "seed \(seed), \(count), \(share), k \(k)")
                        // Up to the distance of some row, itself included.
                        let within = all[0].isEmpty ? 0 : all[0][all[0].count / 3].distance
                        let near = search.searchBatch(
                            queries, k: k, within: within, among: rows, threads: 2)
                        #expect(
                            near == expected.map { $0.filter { $0.distance <= within } },
                            "seed \(seed), \(count), \(share), k \(k)")
                    }
                }
            }
        }
    }

    @Test(arguments: ExactSearchTests.metrics)
    func candidatesAreRerankedAsAScanOfThemDecides(metric: DistanceMetric) throws {
        try withEverySeed(0..<3) { generator, seed in
            let vectors = ExactSearchTests.Kind.allCases[0]
                .vectors(400, dimension: 17, using: &generator)
            let queries = ExactSearchTests.Kind.allCases[0]
                .vectors(9, dimension: 17, using: &generator)
            let search = ExactSearch(vectors, metric: metric)
            // None, one, and some, in any order, at distances that mean nothing.
            let candidates = (0..<9).map { query in
                (0..<UInt32(400)).shuffled(using: &generator).prefix([0, 1, 60][query % 3])
                    .map { Neighbor(row: RowID(rawValue: $0), distance: Float.random(in: 0...1)) }
            }
            for (k, threads) in [(1, 1), (10, 3), (.max, 2)] {
                var answers = Answers([[]])
                try search.rerank(
                    Queries(queries), candidates, k: k, threads: threads, into: &answers)
                #expect(answers.count == 10)
                for (query, chosen) in candidates.enumerated() {
                    let one = FloatMatrix([queries.vector(query)], columns: 17)
                    let expected = search.searchBatch(
                        one, k: k, among: RowSet(of: chosen.map(\.row.rawValue)), threads: 1)[0]
                    #expect(areIdentical(Array(answers[query + 1]), expected), "seed \(seed)")
                }
            }
        }
    }

    @Test func setsOfRowsBehaveLikeSets() {
        withEverySeed(0..<20) { generator, seed in
            func random() -> Set<UInt32> {
                Set((0..<50).map { _ in UInt32.random(in: 0..<300, using: &generator) })
            }
            let (left, right) = (random(), random())
            var rows = RowSet()
            for row in left { rows.insert(row) }
            #expect(rows.rows == left.sorted(), "seed \(seed)")
            var others = RowSet()
            for row in right { others.insert(row) }
            rows.subtract(others)
            #expect(rows.rows == left.subtracting(right).sorted(), "seed \(seed)")
            #expect(rows.count == left.subtracting(right).count, "seed \(seed)")
            var both = RowSet(of: left)
            both.formIntersection(others)
            #expect(both.rows == left.intersection(right).sorted(), "seed \(seed)")
            #expect(both.count == left.intersection(right).count, "seed \(seed)")
            for count in [0, 1, 63, 64, 65, 200] {
                var all = RowSet(all: count)
                #expect(all.rows == (0..<UInt32(count)).map { $0 }, "\(count) rows")
                #expect(all.count == count)
                #expect(all.remove(UInt32(max(1, count) - 1)) == (count > 0))
                #expect(all.count == max(0, count - 1))
            }
        }
    }
}
