import IndexCatalog
import Likeness
import SearchService
import TestSupport
import Testing
import VectorCore

/// Vectors that come to be unlike those that an index was built of are found as in an index that is built of
/// them: while it is built anew in the background, and after.
@Suite struct DriftTests {
    private static let metrics: [DistanceMetric] = [.l2, .innerProduct, .l1]
    private static let dimension = 40

    /// Vectors around a few centers, multiplied and moved.
    private static func drawn(
        _ count: Int, spread: Float = 0.5, times factor: Float = 1, plus offset: Float = 0,
        using generator: inout SplitMix64
    ) -> [[Float]] {
        var centers = SplitMix64(seed: 77)
        let all = randomVectors(30, dimension: dimension, using: &centers)
        return randomVectors(count, dimension: dimension, using: &generator).map { vector in
            let center = all[Int.random(in: 0..<30, using: &generator)]
            return zip(center, vector).map { ($0 + spread * $1) * factor + offset }
        }
    }

    /// Holds an index to one that is built of the same vectors, before its work in the background is done and
    /// after.
    private func expectAsBuiltAnew(
        _ index: StandaloneIndex, _ vectors: [[Float]], _ queries: [[Float]], _ what: String
    ) throws {
        let anew = try recall(of: graph(of: vectors, index.metric), queries)
        let meanwhile = try recall(of: index, queries)
        #expect(meanwhile >= anew - 0.01, "\(what): \(meanwhile) meanwhile, \(anew) anew")
        try index.settle()
        let settled = try recall(of: index, queries)
        #expect(settled >= anew - 0.01, "\(what): \(settled) settled, \(anew) anew")
        #expect(index.fault == nil)
    }

    @Test(arguments: metrics)
    func allReplacedByAnotherModels(metric: DistanceMetric) throws {
        try withEverySeed(0..<1) { generator, seed in
            let old = Self.drawn(5000, times: 20, using: &generator)
            let new = Self.drawn(5000, times: 0.05, plus: 0.02, using: &generator)
            let queries = Self.drawn(200, times: 0.05, plus: 0.02, using: &generator)
            let index = try graph(of: old, metric)
            try index.upsert(FloatMatrix(new, columns: Self.dimension), ids: Array(0..<5000))
            try expectAsBuiltAnew(index, new, queries, "\(metric), seed \(seed)")
        }
    }

    @Test(arguments: metrics, [10, 30, 100] as [Float])
    func laterOnesLieFarAway(metric: DistanceMetric, offset: Float) throws {
        try withEverySeed(0..<1) { generator, seed in
            let first = Self.drawn(5000, using: &generator)
            let later = Self.drawn(2500, plus: offset, using: &generator)
            let queries = Self.drawn(200, plus: offset, using: &generator)
            let index = try graph(of: first, metric)
            for start in stride(from: 0, to: later.count, by: 500) {
                try index.add(
                    FloatMatrix(Array(later[start..<start + 500]), columns: Self.dimension))
            }
            try expectAsBuiltAnew(
                index, first + later, queries, "\(metric), \(offset), seed \(seed)")
        }
    }

    /// The few that an index begins with decide nothing about those that come after.
    @Test(arguments: metrics, ["far", "equal", "zero"])
    func aFirstHandfulHarmsNobody(metric: DistanceMetric, first: String) throws {
        try withEverySeed(0..<1) { generator, seed in
            let start: [[Float]] =
                switch first {
                case "far": Self.drawn(10, times: 100, plus: 500, using: &generator)
                case "equal":
                    .init(repeating: .init(repeating: 1, count: Self.dimension), count: 10)
                default: .init(repeating: .init(repeating: 0, count: Self.dimension), count: 10)
                }
            let others = Self.drawn(3000, using: &generator)
            let index = try graph(of: start, metric)
            for start in stride(from: 0, to: others.count, by: 100) {
                try index.add(
                    FloatMatrix(Array(others[start..<start + 100]), columns: Self.dimension))
            }
            let queries = Self.drawn(200, using: &generator)
            try expectAsBuiltAnew(
                index, start + others, queries, "\(metric), \(first), seed \(seed)")
        }
    }

    /// Directions that no vector had: codes are about the directions that there were.
    @Test func someLieOppositeToAllOthers() throws {
        try withEverySeed(0..<1) { generator, seed in
            let first = Self.drawn(3000, spread: 0.1, plus: 3, using: &generator)
            let others = Self.drawn(200, spread: 0.1, plus: -3, using: &generator)
            let zeros = [[Float]](repeating: .init(repeating: 0, count: Self.dimension), count: 50)
            let index = try graph(
                of: first + zeros, .cosine, HNSWParameters(codes: .rq8, measuresRecall: false))
            try index.add(FloatMatrix(others, columns: Self.dimension))
            let queries = Self.drawn(100, spread: 0.1, plus: -3, using: &generator)
            try expectAsBuiltAnew(index, first + zeros + others, queries, "seed \(seed)")
            let folder = try TemporaryFolder()
            try index.save(to: folder.path("index"))
            let opened = try StandaloneIndex.open(folder.path("index"))
            let figure = try recall(of: opened, queries)
            #expect(figure >= 0.98, "opened, seed \(seed): \(figure)")
        }
    }

    /// What remains may be unlike the whole too.
    @Test func whatRemainsIsFoundWhenMostIsGone() throws {
        try withEverySeed(0..<2) { generator, seed in
            let near = Self.drawn(600, spread: 0.01, using: &generator)
            let far = Self.drawn(4000, times: 300, using: &generator)
            let index = try graph(of: near + far, .l2)
            try index.remove(Array(600..<4600))
            try expectAsBuiltAnew(
                index, near, Self.drawn(100, spread: 0.01, using: &generator), "seed \(seed)")
        }
    }
}
