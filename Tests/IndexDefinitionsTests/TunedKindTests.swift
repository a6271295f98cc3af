import Evaluation
import Flat
import IndexDefinitions
import MappedStorage
import TestSupport
import Testing
import VectorCore

/// A kind with a setting has its recall measured, kept in its file and read without doing anything for it.
@Suite struct TunedKindTests {
    private func recall(
        _ index: any VectorIndex, _ queries: FloatMatrix, k: Int, _ effort: SearchLimits.Effort
    ) throws -> Double {
        let found = try index.nearest(queries, SearchLimits(k: k, effort: effort))
        let exact = try index.nearest(queries, SearchLimits(k: k, effort: .exact))
        let hits = zip(found, exact).reduce(0) { hits, pair in
            hits + pair.0.count { $0.distance <= pair.1.last?.distance ?? 0 }
        }
        return Double(hits) / Double(exact.map(\.count).reduce(0, +))
    }

    @Test(arguments: RoughDefinition.all)
    func newQueriesGetTheRecallTheyAskFor(definition: RoughDefinition) throws {
        try withEverySeed(0..<1) { generator, seed in
            let index = try definition.built(RoughDefinition.drawn(2000, using: &generator))
            let table = try #require(index.recallTable)
            #expect(table.source == .heldOut && table.count == 1800 && table.queryCount == 200)
            let queries = RoughDefinition.matrix(RoughDefinition.drawn(200, using: &generator))
            for aim in [0.5, 0.8, 0.9, 0.95] {
                for k in [1, 4, 10, 100] {
                    let figure = try recall(
                        index, queries, k: k, index.effort(reaching: aim, k: k))
                    #expect(figure >= aim - 0.08, "seed \(seed), recall@\(k) of \(aim): \(figure)")
                }
            }
            let least = try index.setting(reaching: 0.5, k: 100)
            #expect(definition.form == .lists ? least < 20 : least >= 100, "seed \(seed): \(least)")
        }
    }

    @Test(arguments: RoughDefinition.all)
    func whatIsKnownIsInTheFile(definition: RoughDefinition) throws {
        var generator = SplitMix64(seed: 3)
        let folder = try TemporaryFolder()
        let vectors = RoughDefinition.drawn(2000, using: &generator)
        let queries = RoughDefinition.drawn(80, using: &generator) + vectors.prefix(20)
        let built = try definition.built(vectors)
        let tuned = built.with(
            try built.measuringRecall(RoughDefinition.matrix(queries), threads: 2))
        for index in [built, tuned] {
            var writer = try IndexFileWriter(
                path: folder.path("index"),
                header: IndexFileHeader(
                    kind: index.kind.rawValue, metric: .l2, count: index.count,
                    dimension: RoughDefinition.dimension,
                    environment: EnvironmentID(high: 0, low: 0),
                    sequence: 0))
            try index.writeSections(to: &writer)
            _ = try writer.finish()
            let opened = try definition.read(IndexFileReader(path: folder.path("index")))
            let table = try #require(index.recallTable)
            #expect(opened.recallTable == table)
            #expect(opened.recall.queries?.rows == index.recall.queries?.rows)
            #expect(try opened.setting(reaching: 0.9, k: 10) == index.setting(reaching: 0.9, k: 10))
        }
        #expect(tuned.recallTable?.seenCount == 20)
    }

    /// Queries of one class after another, and more than are asked.
    @Test(arguments: RoughDefinition.all)
    func theOrderOfQueriesDoesNotMatter(definition: RoughDefinition) throws {
        var generator = SplitMix64(seed: 8)
        let index = try definition.built(RoughDefinition.drawn(500, using: &generator))
        let easy = RoughDefinition.drawn(600, using: &generator)
        let hard = randomVectors(600, dimension: RoughDefinition.dimension, using: &generator)
        let orders = [easy + hard, hard + easy, (easy + hard).shuffled(using: &generator)]
        let tables = try orders.map { queries in
            let measured = try index.measuringRecall(RoughDefinition.matrix(queries), threads: 2)
            #expect(measured.queries?.rows == 1000)
            return try #require(measured.table)
        }
        for table in tables {
            #expect(table.source == .queries && table.queryCount == 1000 && table.count == 500)
            for setting in [4, 50] {
                let figures = [table, tables[0]].map { $0.recall(at: setting, k: 10) ?? 0 }
                #expect(abs(figures[0] - figures[1]) < 0.06, "\(setting): \(figures)")
            }
        }
        let again = try index.measuringRecall(RoughDefinition.matrix(orders[0]), threads: 1)
        #expect(again.table == tables[0])
    }

    @Test(arguments: RoughDefinition.all)
    func theUsersQueriesAreAskedAgainOnceItIsBuiltAnew(definition: RoughDefinition) throws {
        var generator = SplitMix64(seed: 14)
        let index = try definition.built(RoughDefinition.drawn(2000, using: &generator))
        let overlay = Overlay(index, ids: try RowIDs(Array(0..<2000)))
        try overlay.tune(
            RoughDefinition.matrix(RoughDefinition.drawn(70, using: &generator)), threads: 2)
        #expect(overlay.version.index.recallTable?.source == .queries)
        try overlay.change(
            .add(RoughDefinition.matrix(RoughDefinition.drawn(1500, using: &generator)), ids: nil))
        try overlay.settle(threads: 2)
        let table = try #require(overlay.version.index.recallTable)
        #expect(table.source == .queries && table.count == 3500 && table.queryCount == 70)
    }

    @Test func aComparisonSweepsTheRange() {
        #expect(RoughDefinition.all[0].sweep(k: 10) == [1, 2, 3, 4, 5, 7, 10, 14, 20, 30, 32])
        #expect(RoughDefinition.all[1].sweep(k: 1000) == [1000, 1120, 1600, 2240, 3200, 4096])
        #expect(FlatDefinition().sweep(k: 10).isEmpty)
    }
}
