import Foundation
import IndexCatalog
import IndexDefinitions
import Likeness
import MappedStorage
import SearchService
import TestSupport
import Testing
import VectorCore

/// What recall is measured with, where vectors and queries come as they come.
@Suite struct MeasuredRecallTests {
    private static let dimension = 24
    private static let parameters = HNSWParameters(m: 6, efConstruction: 40)

    private static func drawn(_ count: Int, using generator: inout SplitMix64) -> [[Float]] {
        groupedVectors(count, dimension: dimension, groups: 50, noise: 0.8, using: &generator)
    }

    private func table(_ index: StandaloneIndex) throws -> RecallTable {
        try #require(index.operatingPoints)
    }

    private func point(_ table: RecallTable, _ setting: Int, _ k: Int) throws -> RecallTable.Point {
        let row = try #require(table.settings.firstIndex(of: setting))
        let column = try #require(table.neighborCounts.firstIndex(of: k))
        return try #require(table.points[row][column])
    }

    /// A vector that replaces nearly the same one is found at once from there: such a query tells nothing.
    @Test func replacedVectorsAreNotAskedBesideTheirOldOnes() throws {
        try withEverySeed(0..<1) { generator, seed in
            let vectors = Self.drawn(6000, using: &generator)
            let index = try graph(of: vectors, .l2, Self.parameters)
            let before = try point(table(index), 10, 10)
            let refreshed = vectors.prefix(1500).map { $0.map { $0 + 1e-4 } }
            try index.upsert(
                FloatMatrix(refreshed, columns: Self.dimension), ids: Array(0..<1500))
            try index.settle()
            #expect(try table(index).source == .changes)
            let after = try point(table(index), 10, 10)
            let spread = 3 * (before.error + after.error)
            #expect(
                abs(after.recall - before.recall) <= spread,
                "seed \(seed): \(before.recall), then \(after.recall)")
        }
    }

    /// When all has settled the table is of all, whether they came at once or one after another, and in whatever order.
    @Test(arguments: [true, false], [3100, 700, 40])
    func whatHasComeIsMeasured(isInOrder: Bool, step: Int) throws {
        try withEverySeed(0..<1) { generator, seed in
            var all = Self.drawn(5000, using: &generator)
            let queries = Self.drawn(500, using: &generator)
            if isInOrder { all.sort { $0[0] < $1[0] } }
            let index = try graph(of: Array(all[..<2000]), .l2, Self.parameters)
            for first in stride(from: 2000, to: 5000, by: step) {
                let some = Array(all[first..<min(first + step, 5000)])
                try index.add(FloatMatrix(some, columns: Self.dimension))
            }
            try index.settle()
            let table = try table(index)
            #expect(table.source == .changes, "seed \(seed)")
            // A sixteenth may have come since, and what was asked is not counted.
            #expect((4350...5000).contains(table.count), "seed \(seed): \(table.count)")
            #expect(table.queryCount >= 250, "seed \(seed): \(table.queryCount)")
            for (k, wanted) in [(1, 0.9), (10, 0.9), (10, 0.95), (100, 0.95)] {
                let figure = try recall(of: index, queries, k: k, effort: .recall(wanted))
                #expect(figure >= wanted - 0.03, "\(k), \(wanted), seed \(seed): \(figure)")
            }
        }
    }

    /// The table says of how many vectors it is: a graph that has grown since needs more.
    @Test func vectorsThatWaitAreNotCounted() throws {
        try withEverySeed(0..<1) { generator, seed in
            let index = try graph(of: Self.drawn(2000, using: &generator), .l2, Self.parameters)
            try index.add(FloatMatrix(Self.drawn(5000, using: &generator), columns: Self.dimension))
            try index.settle()
            let table = try table(index)
            #expect(table.source == .changes, "seed \(seed)")
            // All but those that were asked.
            #expect((6000..<7000).contains(table.count), "seed \(seed): \(table.count)")
            let queries = Self.drawn(500, using: &generator)
            let figure = try recall(of: index, queries, effort: .recall(0.9))
            #expect(figure >= 0.88, "seed \(seed): \(figure)")
        }
    }

    /// Queries of one class after another: whoever is asked first is asked most.
    @Test func theOrderOfQueriesDoesNotMatter() throws {
        try withEverySeed(0..<1) { generator, seed in
            let index = try graph(of: Self.drawn(4000, using: &generator), .l2, Self.parameters)
            let easy = Self.drawn(500, using: &generator)
            let hard = randomVectors(500, dimension: Self.dimension, using: &generator)
                .map { $0.map { $0 * 3 } }
            var figures: [Double] = []
            for queries in [easy + hard, hard + easy] {
                try index.tune(FloatMatrix(queries, columns: Self.dimension))
                figures.append(try point(table(index), 140, 100).recall)
            }
            #expect(abs(figures[0] - figures[1]) <= 0.03, "seed \(seed): \(figures)")
        }
    }

    /// Who asks after changes may ask for what was there before: the sample is of all.
    @Test(arguments: [DistanceMetric.l2, .cosine])
    func whatWasThereIsMeasuredToo(metric: DistanceMetric) throws {
        try withEverySeed(0..<2) { generator, seed in
            let hard = randomVectors(4000, dimension: Self.dimension, using: &generator)
            let index = try graph(of: hard, metric, HNSWParameters())
            let offset = randomVectors(1, dimension: Self.dimension, using: &generator)[0]
            func easy(_ count: Int, _ generator: inout SplitMix64) -> [[Float]] {
                Self.drawn(count, using: &generator).map {
                    zip($0, offset).map { 0.02 * $0 + 9 * $1 }
                }
            }
            try index.add(FloatMatrix(easy(1600, &generator), columns: Self.dimension))
            try index.settle()
            let old = randomVectors(400, dimension: Self.dimension, using: &generator)
            let queries = old + easy(160, &generator)
            #expect(try table(index).source == .changes)
            for wanted in [0.8, 0.9, 0.95] {
                let figure = try recall(of: index, queries, effort: .recall(wanted))
                #expect(figure >= wanted - 0.04, "\(wanted), seed \(seed): \(figure)")
            }
        }
    }

    /// What equals a vector that is there finds it at once, and is not asked.
    @Test func copiesThatComeAreNotAsked() throws {
        try withEverySeed(0..<2) { generator, seed in
            let vectors = randomVectors(4000, dimension: Self.dimension, using: &generator)
            let index = try graph(of: vectors, .l2, Self.parameters)
            try index.add(FloatMatrix(Array(vectors[..<2000]), columns: Self.dimension))
            try index.settle()
            let queries = randomVectors(500, dimension: Self.dimension, using: &generator)
            for wanted in [0.8, 0.9, 0.95] {
                let figure = try recall(of: index, queries, effort: .recall(wanted))
                #expect(figure >= wanted - 0.04, "\(wanted), seed \(seed): \(figure)")
            }
        }
    }

    /// It is measured in the background too, when a quarter has come in small lots and nobody waits.
    @Test func smallLotsAreMeasured() throws {
        var generator = SplitMix64(seed: 7)
        let index = try graph(of: Self.drawn(2000, using: &generator), .l2, Self.parameters)
        for _ in 0..<100 where index.operatingPoints?.source == .heldOut {
            try index.add(FloatMatrix(Self.drawn(100, using: &generator), columns: Self.dimension))
            Thread.sleep(forTimeInterval: 0.1)
        }
        #expect(try table(index).source == .changes)
    }

    /// Of vectors that all have a copy none is taken out to be asked: the few that are left would prove little.
    @Test func fewVectorsDoNotReplaceMany() throws {
        try withEverySeed(0..<1) { generator, seed in
            let vectors = Self.drawn(5000, using: &generator)
            let index = try graph(of: vectors + vectors, .l2, Self.parameters)
            let before = try table(index)
            let some = Self.drawn(700, using: &generator)
            try index.add(FloatMatrix(some, columns: Self.dimension))
            try index.settle()
            let after = try table(index)
            #expect(
                after.queryCount >= 250 || after.source == before.source,
                "seed \(seed): \(after.queryCount)")
            #expect(
                after.setting(reaching: 0.99, k: 10, count: 10_700) != nil, "seed \(seed)")
        }
    }

    /// A user's queries are asked again at a settle, though nothing waits.
    @Test func usersQueriesAreAskedAgain() throws {
        try withEverySeed(0..<1) { generator, seed in
            let vectors = FloatMatrix(
                Self.drawn(3000, using: &generator), columns: Self.dimension)
            let built = try HNSWIndex.build(
                vectors, metric: .l2, parameters: Self.parameters, threads: 2)
            let index = KeyedHNSW(built, ids: try RowIDs(Array(0..<3000)))
            let queries = FloatMatrix(
                Self.drawn(200, using: &generator), columns: Self.dimension)
            try index.tune(queries, threads: 2)
            let added = FloatMatrix(
                Self.drawn(400, using: &generator), columns: Self.dimension)
            try index.change(.add(added, ids: Array(3000..<3400)))
            _ = try index.measuringRecall(queries, threads: 2) { _ in
                preconditionFailure("The index keeps its vectors.")
            }
            #expect(index.version.index.recallTable?.count == 3000, "seed \(seed)")
            try index.settle(threads: 2)
            #expect(index.version.index.recallTable?.count == 3400, "seed \(seed)")
            #expect(index.version.index.recallTable?.source == .queries, "seed \(seed)")
        }
    }

    @Test func fewQueriesAreAllAsked() throws {
        var generator = SplitMix64(seed: 4)
        let index = try graph(of: Self.drawn(3000, using: &generator), .l2, Self.parameters)
        try index.tune(FloatMatrix(Self.drawn(40, using: &generator), columns: Self.dimension))
        #expect(try point(table(index), 100, 100).queryCount == 40)
        try index.tune(FloatMatrix(Self.drawn(1, using: &generator), columns: Self.dimension))
        // One query proves little.
        #expect(try table(index).points.joined().compactMap { $0?.lowerBound }.max() ?? 1 <= 0.5)
    }

    /// Of hundreds at the same distance any are right.
    @Test(arguments: [DistanceMetric.l1, .l2])
    func tiesCount(metric: DistanceMetric) throws {
        try withEverySeed(0..<1) { generator, seed in
            let vectors = (0..<4000).map { _ in
                (0..<10).map { _ in Float(Int.random(in: 0...1, using: &generator)) }
            }
            let index = try graph(of: vectors, metric, HNSWParameters())
            let best = try table(index).points.joined().compactMap { $0?.recall }.max() ?? 0
            #expect(best >= 0.99, "\(metric), seed \(seed): \(best)")
            let figure = try recall(
                of: index, Array(vectors.prefix(50)), k: 100, effort: .recall(0.9))
            #expect(figure >= 0.88, "\(metric), seed \(seed): \(figure)")
        }
    }

    @Test(arguments: [Int.max, 1 << 40, 100_000])
    func anyNumberOfNeighboursMayBeAskedFor(k: Int) throws {
        var generator = SplitMix64(seed: 5)
        let index = try graph(of: Self.drawn(600, using: &generator), .l2, Self.parameters)
        let query = FloatMatrix(Self.drawn(1, using: &generator), columns: Self.dimension)
        #expect(try index.searchBatch(query, k: k, effort: .recall(0.9))[0].count == 600)
    }

    @Test func whetherItIsMeasuredIsKeptWithTheIndex() throws {
        let folder = try TemporaryFolder()
        var generator = SplitMix64(seed: 6)
        let vectors = Self.drawn(1000, using: &generator)
        for measures in [false, true] {
            let built = try graph(of: vectors, .l2, HNSWParameters(measuresRecall: measures))
            try built.save(to: folder.path("index"))
            let index = try StandaloneIndex.open(folder.path("index"))
            try index.add(FloatMatrix(Self.drawn(600, using: &generator), columns: Self.dimension))
            try index.settle()
            #expect((index.operatingPoints != nil) == measures)
        }
    }
}
