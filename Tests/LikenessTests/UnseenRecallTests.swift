import Evaluation
import IndexCatalog
import IndexDefinitions
import Likeness
import MappedStorage
import SearchService
import TestSupport
import Testing
import VectorCore

/// The recall that is asked for is the one that queries get which the index has never seen.
@Suite struct UnseenRecallTests {
    private static let dimension = 24

    private static func drawn(_ count: Int, using generator: inout SplitMix64) -> [[Float]] {
        groupedVectors(count, dimension: dimension, groups: 50, noise: 0.8, using: &generator)
    }

    /// Holds an index to the recalls that it promises, as means over queries that chose nothing.
    private func expectPromises(
        _ index: StandaloneIndex, _ queries: [[Float]], measuredWith sample: Int, _ what: String
    ) throws {
        for aim in [0.8, 0.9, 0.95, 0.99] {
            for k in [1, 4, 10, 100] {
                let figure = try recall(of: index, queries, k: k, effort: .recall(aim))
                // Two standard errors of what is at worst found whole or not at all, by these queries and by
                // those that it was measured with.
                let spread = aim * (1 - aim) * (1 / Double(queries.count) + 1 / Double(sample))
                #expect(
                    figure >= aim - 0.01 - 2 * spread.squareRoot(),
                    "\(what), recall@\(k) of \(aim): \(figure)")
            }
        }
    }

    /// The metrics, and what graphs compare under them.
    private static let kinds: [(DistanceMetric, VectorCodes)] = [
        (.l2, .f32), (.l2, .rq8), (.cosine, .rq8), (.innerProduct, .rq8), (.l1, .sq8),
    ]

    @Test(arguments: kinds)
    func newQueriesGetWhatIsAskedFor(metric: DistanceMetric, codes: VectorCodes) throws {
        try withEverySeed(0..<1) { generator, seed in
            let vectors = Self.drawn(8000, using: &generator)
            let queries = Self.drawn(1000, using: &generator)
            let parameters = HNSWParameters(m: 6, efConstruction: 40, codes: codes)
            let index = try graph(of: vectors, metric, parameters)
            try expectPromises(
                index, queries, measuredWith: 800, "\(metric), \(codes), seed \(seed)")
            // A table that promised far too little would do as well.
            let low = try recall(of: index, queries, effort: .recall(0.8))
            #expect(low <= 0.87, "\(metric), seed \(seed): \(low)")
            // Half is replaced: what has come is measured with.
            try index.remove(Array(0..<4000))
            for _ in 0..<4 {
                try index.add(
                    FloatMatrix(Self.drawn(1000, using: &generator), columns: Self.dimension))
                try index.settle()
            }
            try expectPromises(
                index, queries, measuredWith: 500, "half replaced, \(metric), seed \(seed)")
        }
    }

    @Test func theTableIsKeptWithTheIndex() throws {
        var generator = SplitMix64(seed: 9)
        let index = try graph(
            of: Self.drawn(3000, using: &generator), .l2, HNSWParameters(m: 6, efConstruction: 40))
        let folder = try TemporaryFolder()
        try index.save(to: folder.path("index"))
        let opened = try StandaloneIndex.open(folder.path("index"))
        let tables = try [index, opened].map { try #require(Self.current($0).recallTable) }
        #expect(tables[0] == tables[1])
        #expect(tables[0].source == .heldOut && tables[0].queryCount == 300)
        #expect(tables[0].count == 2700)
    }

    @Test func whatTheUserGivesCountsAlone() throws {
        try withEverySeed(0..<1) { generator, seed in
            // Queries from far outside are harder than what the index holds.
            let vectors = Self.drawn(6000, using: &generator)
            let hard = randomVectors(900, dimension: Self.dimension, using: &generator)
                .map { $0.map { $0 * 3 } }
            let index = try graph(of: vectors, .l2, HNSWParameters(m: 6, efConstruction: 40))
            let before = try recall(of: index, Array(hard.suffix(400)), effort: .recall(0.9))
            let graph = try #require(Self.current(index) as? HNSWIndex)
            let tuned = KeyedHNSW(graph, ids: RowIDs(numbering: 6000))
            try tuned.tune(
                FloatMatrix(Array(hard.prefix(500)), columns: Self.dimension), threads: 2)
            let table = try #require(tuned.now.index.recallTable)
            #expect(table.source == .queries && table.queryCount == 500)
            let setting = try tuned.now.index.setting(reaching: 0.9, k: 10)
            let after = try recall(of: index, Array(hard.suffix(400)), effort: .setting(setting))
            #expect(after >= 0.87 && after > before, "seed \(seed): \(before), then \(after)")
            // After changes they are asked again.
            let more = FloatMatrix(Self.drawn(4000, using: &generator), columns: Self.dimension)
            try tuned.change(.add(more, ids: Array(6000..<10_000)))
            try tuned.settle(threads: 2)
            let again = try #require(tuned.now.index.recallTable)
            #expect(again.source == .queries && again.count > 6000 && again.queryCount == 500)
        }
    }

    @Test func changesAreMeasuredAgain() throws {
        try withEverySeed(0..<1) { generator, seed in
            let index = try graph(
                of: Self.drawn(4000, using: &generator), .l2,
                HNSWParameters(m: 6, efConstruction: 40))
            #expect(Self.current(index).recallTable?.source == .heldOut)
            // A sixteenth of the vectors, when somebody waits.
            try index.add(FloatMatrix(Self.drawn(250, using: &generator), columns: Self.dimension))
            try index.settle()
            #expect(Self.current(index).recallTable?.source == .heldOut)
            try index.add(FloatMatrix(Self.drawn(50, using: &generator), columns: Self.dimension))
            try index.settle()
            #expect(Self.current(index).recallTable?.source == .changes, "seed \(seed)")
            // Where vectors only go, those that have gone are asked.
            let ids = Array(index.ids.prefix(2500))
            try index.remove(ids)
            try index.settle()
            let table = try #require(Self.current(index).recallTable)
            #expect(table.source == .changes && table.count < 4000, "seed \(seed): \(table.count)")
        }
    }

    private static func current(_ index: StandaloneIndex) -> any VectorIndex {
        index.version.index
    }
}
