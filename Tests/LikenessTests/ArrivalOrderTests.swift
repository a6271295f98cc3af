import IndexCatalog
import Likeness
import SearchService
import TestSupport
import Testing
import VectorCore

/// Vectors that arrive beside those that are like them, as people's do, are found as well as shuffled ones.
@Suite struct ArrivalOrderTests {
    /// How vectors come one after another.
    enum Order: CaseIterable {
        /// Groups, such as classes or folders, one after another.
        case groups
        /// Each a step away from the one before, such as a time series.
        case walk
        /// Scenes of a film, of 60 frames that hardly differ.
        case scenes

        /// So many vectors in this order, and queries like them that are none of them.
        func draw(
            _ count: Int, dimension: Int, using generator: inout SplitMix64
        ) -> (vectors: [[Float]], queries: [[Float]]) {
            let centers = randomVectors(count, dimension: dimension, using: &generator)
            let noise = randomVectors(count + 1200, dimension: dimension, using: &generator)
            func near(_ center: [Float], _ row: Int, _ spread: Float) -> [Float] {
                zip(center, noise[row]).map { $0 + spread * $1 }
            }
            var vectors: [[Float]] = []
            var position = [Float](repeating: 0, count: dimension)
            for row in 0..<count {
                switch self {
                case .groups: vectors.append(near(centers[row / 100].map { $0 * 1.5 }, row, 1))
                case .walk:
                    position = zip(position, noise[row]).map { $0 + 0.3 * $1 }
                    vectors.append(position)
                case .scenes: vectors.append(near(centers[row / 60], row, 0.05))
                }
            }
            let spread: Float = self == .scenes ? 0.05 : 0.3
            let queries = (0..<1200).map { near(vectors[$0 * count / 1200], count + $0, spread) }
            return (vectors, queries)
        }
    }

    private static let metrics: [DistanceMetric] = [.l2, .cosine, .innerProduct, .l1]

    @Test(arguments: Order.allCases, metrics)
    func anyOrderIsFoundAsWell(order: Order, metric: DistanceMetric) throws {
        try withEverySeed(0..<1) { generator, seed in
            let (vectors, queries) = order.draw(6000, dimension: 48, using: &generator)
            let shuffled = try recall(
                of: graph(of: vectors.shuffled(using: &generator), metric), queries)
            let ordered = try recall(of: graph(of: vectors, metric), queries)
            let growing = try graph(of: Array(vectors.prefix(100)), metric)
            for start in stride(from: 100, to: vectors.count, by: 1000) {
                let some = vectors[start..<min(start + 1000, vectors.count)]
                try growing.add(FloatMatrix(Array(some), columns: 48))
            }
            try growing.settle()
            let added = try recall(of: growing, queries)
            let figures: Comment =
                "\(order), \(metric), seed \(seed): shuffled \(shuffled), in order \(ordered), added \(added)"
            #expect(ordered >= shuffled - 0.01, figures)
            #expect(added >= shuffled - 0.01, figures)
        }
    }

    /// Scenes that come when the others are complete lead to those, and old ones are still found from anywhere.
    ///
    /// So many vectors that the index is not built anew meanwhile, which would hide what their order does.
    @Test(arguments: [DistanceMetric.l2, .innerProduct])
    func scenesThatComeLaterLeadToTheOthers(metric: DistanceMetric) throws {
        var (built, grown) = (0.0, 0.0)
        try withEverySeed(0..<3) { generator, seed in
            let (vectors, queries) = Self.film(
                scenes: 210, dimension: 64, noise: [0.05, 0.1, 0.2][Int(seed)],
                using: &generator)
            let whole = try graph(of: vectors, metric)
            built += try recall(of: whole, queries, effort: .setting(16)) / 3
            let growing = try graph(of: Array(vectors.prefix(4000)), metric)
            for start in stride(from: 4000, to: vectors.count, by: 1000) {
                let some = vectors[start..<min(start + 1000, vectors.count)]
                try growing.add(FloatMatrix(Array(some), columns: 64))
            }
            try growing.settle()
            try #require(growing.rebuilds.isEmpty)
            grown += try recall(of: growing, queries, effort: .setting(16)) / 3
        }
        #expect(grown >= built - 0.01, "\(metric): \(grown) grown, \(built) built")
    }

    /// Scenes of 60 frames, each a step from the one before, and one frame in twenty of them as a query that is not
    /// among the vectors.
    private static func film(
        scenes: Int, dimension: Int, noise: Float, using generator: inout SplitMix64
    ) -> (vectors: [[Float]], queries: [[Float]]) {
        let centers = randomVectors(scenes, dimension: dimension, using: &generator)
        let steps = randomVectors(scenes, dimension: dimension, using: &generator)
        let noises = randomVectors(scenes * 60, dimension: dimension, using: &generator)
        var (vectors, queries): ([[Float]], [[Float]]) = ([], [])
        for (row, blur) in noises.enumerated() {
            let (scene, frame) = (row / 60, Float(row % 60))
            let vector = (0..<dimension).map {
                1.5 * centers[scene][$0] + 0.02 * frame * steps[scene][$0] + noise * blur[$0]
            }
            if row % 20 == 7 { queries.append(vector) } else { vectors.append(vector) }
        }
        return (vectors, queries)
    }

    /// Rows of one batch that equal a vertex are copies of it, and nothing leads to them.
    @Test func copiesAmongThoseThatArriveTogetherAreFound() throws {
        try withEverySeed(0..<3) { generator, seed in
            let vectors = randomVectors(600, dimension: 36, using: &generator)
            let index = try graph(of: vectors, .l2)
            for _ in 0..<5 {
                let copies = (0..<40).map { _ in vectors[Int.random(in: 0..<600, using: &generator)]
                }
                let others = randomVectors(60, dimension: 36, using: &generator)
                try index.add(
                    FloatMatrix((copies + others).shuffled(using: &generator), columns: 36))
                try index.settle()
                let found = try index.searchBatch(
                    FloatMatrix(copies, columns: 36), k: 5, effort: .setting(200))
                #expect(
                    found.allSatisfy { $0[0].distance == 0 && $0[1].distance == 0 }, "seed \(seed)")
                #expect(try recall(of: index, others) >= 0.99, "seed \(seed)")
            }
        }
    }
}
