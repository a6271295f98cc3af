import IndexCatalog
import Likeness
import TestSupport
import Testing
import VectorCore

/// Inner products of vectors that lie so that most queries have the same few nearest.
@Suite struct ProductShapesTests {
    private static let dimension = 48

    enum Shape: String, CaseIterable, CustomTestStringConvertible {
        case offset, farOffset, longOnes, longGroups, windows

        var testDescription: String { rawValue }

        func vectors(_ count: Int, using generator: inout SplitMix64) -> [[Float]] {
            let dimension = ProductShapesTests.dimension
            func grouped() -> [[Float]] {
                groupedVectors(
                    count, dimension: dimension, groups: 60, noise: 0.4, using: &generator)
            }
            switch self {
            case .offset, .farOffset:
                let offset: Float = self == .offset ? 5 : 500
                return randomVectors(count, dimension: dimension, using: &generator).map {
                    $0.map { $0 + offset }
                }
            case .longOnes:
                return grouped().map { vector in
                    let isLong = Int.random(in: 0..<10, using: &generator) == 0
                    return vector.map { $0 * (isLong ? 1000 : 1) }
                }
            case .longGroups:
                return grouped().map { vector in
                    // A tenth of the groups lies so.
                    let isLong = vector[0] > 1.2
                    return vector.map { $0 * (isLong ? 1000 : 1) }
                }
            case .windows:
                var sums = randomVectors(1, dimension: count + dimension, using: &generator)[0]
                for place in sums.indices.dropFirst() { sums[place] += sums[place - 1] }
                return (0..<count).map { Array(sums[$0..<$0 + dimension]) }
            }
        }
    }

    @Test(arguments: Shape.allCases, [nil, .f32] as [VectorCodes?])
    func theNearestAreFound(shape: Shape, codes: VectorCodes?) throws {
        try withEverySeed(0..<2) { generator, seed in
            let drawn = shape.vectors(7200, using: &generator)
            let all = drawn.shuffled(using: &generator)
            let (vectors, others) = (Array(all[..<4000]), Array(all[4000..<7000]))
            let queries = Array(all[7000...])
            let index = try graph(
                of: vectors, .innerProduct, HNSWParameters(codes: codes, measuresRecall: false))
            let figure = try recall(of: index, queries)
            #expect(figure >= 0.97, "built, seed \(seed): \(figure)")
            try index.upsert(
                FloatMatrix(others, columns: Self.dimension), ids: Array(UInt64(0)..<3000))
            try index.settle()
            let later = try recall(of: index, queries)
            #expect(later >= 0.97, "replaced, seed \(seed): \(later)")
        }
    }

    /// A query has the same nearest however long it is, and vectors may be far longer than it.
    @Test(arguments: [nil, .f16] as [VectorCodes?])
    func queriesAreShort(codes: VectorCodes?) throws {
        try withEverySeed(0..<1) { generator, seed in
            let queries = randomVectors(200, dimension: Self.dimension, using: &generator)
            for size in [1, 1000] as [Float] {
                let vectors = randomVectors(3000, dimension: Self.dimension, using: &generator).map
                {
                    $0.map { $0 * size }
                }
                let parameters = HNSWParameters(codes: codes, measuresRecall: false)
                let index = try graph(of: vectors, .innerProduct, parameters)
                for length in [1e-6, 1, 1e6] as [Float] {
                    let asked = queries.map { $0.map { $0 * length } }
                    let figure = try recall(of: index, asked, effort: .setting(200))
                    #expect(figure >= 0.97, "\(size), \(length), seed \(seed): \(figure)")
                }
            }
        }
    }

    /// Vectors of zeros are copies of each other, whatever the signs, and a sample of them would tell nothing.
    @Test func manyAreZero() throws {
        try withEverySeed(0..<2) { generator, seed in
            var vectors = randomVectors(4500, dimension: Self.dimension, using: &generator)
            for row in vectors.indices where row % 3 == 0 {
                vectors[row] = vectors[row].map { $0 * 0 }
            }
            let index = try graph(of: vectors, .innerProduct, HNSWParameters())
            let queries = randomVectors(300, dimension: Self.dimension, using: &generator)
            let figure = try recall(of: index, queries, effort: .recall(0.8))
            #expect(figure >= 0.75, "seed \(seed): \(figure)")
        }
    }

    /// An index that was opened can choose links again before anything has changed.
    @Test(arguments: [.f16, .rq8] as [VectorCodes])
    func anOpenedIndexSettles(codes: VectorCodes) throws {
        try withEverySeed(0..<1) { generator, seed in
            let all = Shape.offset.vectors(4900, using: &generator)
            let built = try graph(
                of: Array(all[..<4000]), .innerProduct, HNSWParameters(codes: codes))
            try built.add(FloatMatrix(Array(all[4000..<4700]), columns: Self.dimension))
            let folder = try TemporaryFolder()
            try built.save(to: folder.path("index"))
            let index = try StandaloneIndex.open(folder.path("index"))
            #expect(throws: ServiceError.self) { try index.remove([99_999]) }
            try index.settle()
            let figure = try recall(of: index, Array(all[4700...]))
            #expect(figure >= 0.97, "seed \(seed): \(figure)")
            #expect(index.operatingPoints?.count ?? 0 >= 4300, "seed \(seed)")
        }
    }

    /// A recall that is asked for is what queries get that it has not seen.
    @Test(arguments: Shape.allCases)
    func recallHolds(shape: Shape) throws {
        try withEverySeed(0..<2) { generator, seed in
            let all = shape.vectors(6500, using: &generator).shuffled(using: &generator)
            let index = try graph(of: Array(all[..<6000]), .innerProduct, HNSWParameters())
            let queries = Array(all[6000...])
            for wanted in [0.9, 0.95] {
                let figure = try recall(of: index, queries, effort: .recall(wanted))
                #expect(figure >= wanted - 0.03, "\(wanted), seed \(seed): \(figure)")
                let table = try #require(index.operatingPoints)
                let setting = try #require(table.setting(reaching: wanted, k: 10))
                #expect(setting <= 400, "\(wanted), seed \(seed)")
            }
        }
    }
}
