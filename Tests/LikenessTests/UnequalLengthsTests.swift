import Foundation
import IndexCatalog
import Likeness
import SearchService
import TestSupport
import Testing
import VectorCore

/// Inner products of vectors whose lengths differ.
@Suite struct UnequalLengthsTests {
    private static let dimension = 48

    private static func directions(
        _ count: Int, using generator: inout SplitMix64
    ) -> [[Float]] {
        let vectors = groupedVectors(
            count, dimension: dimension, groups: 60, noise: 0.7, using: &generator)
        return vectors.map { vector in
            let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return vector.map { $0 / norm }
        }
    }

    private static let codes: [VectorCodes?] = [nil, .f32, .rq8]

    @Test(arguments: [30, 1000, 1e6] as [Float], codes)
    func oneVectorIsLongerThanAllOthers(factor: Float, codes: VectorCodes?) throws {
        try withEverySeed(0..<1) { generator, seed in
            var vectors = Self.directions(3000, using: &generator)
            vectors[1234] = vectors[1234].map { $0 * factor }
            let parameters = HNSWParameters(codes: codes, measuresRecall: false)
            let built = try graph(of: vectors, .innerProduct, parameters)
            let queries = Self.directions(200, using: &generator)
            let figure = try recall(of: built, queries)
            #expect(figure >= 0.97, "built with it, seed \(seed): \(figure)")
            var others = vectors
            others.remove(at: 1234)
            let added = try graph(of: others, .innerProduct, parameters)
            try added.add(FloatMatrix([vectors[1234]], columns: Self.dimension))
            try added.settle()
            let later = try recall(of: added, queries)
            #expect(later >= 0.97, "added later, seed \(seed): \(later)")
        }
    }

    /// Links of vectors that are equally long are chosen by products alone, which does not do for those that come.
    @Test(arguments: [nil, .f32] as [VectorCodes?])
    func lengthsComeToDiffer(codes: VectorCodes?) throws {
        try withEverySeed(0..<2) { generator, seed in
            let index = try graph(
                of: Self.directions(4000, using: &generator), .innerProduct,
                HNSWParameters(codes: codes, measuresRecall: false))
            // They have an offset in common, and are not longer than those before.
            let others = randomVectors(3900, dimension: Self.dimension, using: &generator).map {
                $0.map { 0.14 + 0.014 * $0 }
            }
            try index.upsert(
                FloatMatrix(Array(others[..<3600]), columns: Self.dimension),
                ids: Array(UInt64(0)..<3600))
            try index.settle()
            let figure = try recall(of: index, Array(others[3600...]))
            #expect(figure >= 0.97, "seed \(seed): \(figure)")
            // Codes may have been given up before.
            if codes == .f32 {
                #expect(index.rebuilds == [.lengthsDiffer: 1], "seed \(seed): \(index.rebuilds)")
            }
        }
    }

    /// Where no graph can hold what has come, the index goes on as it is and says why it is slow.
    @Test func whatCannotBeBuiltAnewIsFound() throws {
        try withEverySeed(0..<1) { generator, seed in
            let short = Self.directions(1000, using: &generator).map { $0.map { $0 * 0x1p-20 } }
            let long = Self.directions(300, using: &generator).map { $0.map { $0 * 0x1p58 } }
            let index = try graph(of: short, .innerProduct)
            try index.add(FloatMatrix(long, columns: Self.dimension))
            try index.settle()
            #expect(index.fault?.message.contains("differ too much") == true)
            #expect(index.rebuilds.isEmpty)
            let more = Self.directions(100, using: &generator).map { $0.map { $0 * 0x1p-20 } }
            try index.add(FloatMatrix(more, columns: Self.dimension))
            try index.settle()
            let figure = try recall(of: index, Self.directions(100, using: &generator))
            #expect(figure >= 0.97, "seed \(seed): \(figure)")
            // Without the long ones it can be built.
            try index.remove(Array(1000..<1300))
            try index.settle()
            let later = try recall(of: index, Self.directions(100, using: &generator))
            #expect(later >= 0.97, "seed \(seed): \(later)")
        }
    }

    /// A graph would find few of the long ones, so it is refused, and another kind is named.
    @Test(arguments: [DistanceMetric.l2, .l1])
    func manyAreTenBillionTimesAsLong(metric: DistanceMetric) {
        withEverySeed(0..<1) { generator, seed in
            let all = Self.directions(3000, using: &generator)
            let vectors = all.enumerated().map { row, vector in
                row % 5 < 3 ? vector.map { $0 * 1e-10 } : vector
            }
            let error = #expect(throws: ServiceError.self) { _ = try graph(of: vectors, metric) }
            #expect(error?.message.contains("kind flat") == true, "\(metric), seed \(seed)")
        }
    }

    /// Queries too small to be scaled as the vectors were are answered as an exact scan does.
    @Test(arguments: [DistanceMetric.l2, .l1, .innerProduct])
    func tinyQueriesOfLongVectors(metric: DistanceMetric) throws {
        try withEverySeed(0..<1) { generator, seed in
            let zero = [[Float]](repeating: .init(repeating: 0, count: Self.dimension), count: 1)
            let vectors = Self.directions(2000, using: &generator).map { $0.map { $0 * 0x1p42 } }
            let index = try graph(of: vectors + zero, metric)
            let flat = try StandaloneIndex.build(
                FloatMatrix(vectors + zero, columns: Self.dimension), kind: .flat, metric: metric)
            for size in [1e-30, 1e-36] as [Float] {
                let drawn = Self.directions(20, using: &generator).map { $0.map { $0 * size } }
                let queries = FloatMatrix(drawn, columns: Self.dimension)
                let found = try index.searchBatch(queries, k: 1)
                let expected = try flat.searchBatch(queries, k: 1)
                #expect(found == expected, "\(metric), \(size), seed \(seed)")
            }
        }
    }

    @Test(arguments: [0.5, 1.5, 2.5] as [Float], codes)
    func lengthsAreLogNormal(deviation: Float, codes: VectorCodes?) throws {
        try withEverySeed(0..<1) { generator, seed in
            var vectors = Self.directions(4000, using: &generator)
            for row in vectors.indices {
                let first = Float.random(in: 1e-7..<1, using: &generator)
                let second = Float.random(in: 0..<1, using: &generator)
                let normal = (-2 * log(first)).squareRoot() * cos(2 * .pi * second)
                let length = exp(deviation * normal)
                vectors[row] = vectors[row].map { $0 * length }
            }
            let queries = Self.directions(200, using: &generator)
            let parameters = HNSWParameters(codes: codes, measuresRecall: false)
            let index = try graph(of: vectors, .innerProduct, parameters)
            let figure = try recall(of: index, queries)
            #expect(figure >= 0.97, "seed \(seed): \(figure)")
            // The second half comes later, twice as long and then a hundredth as long.
            for factor in [2, 0.01] as [Float] {
                let changed = vectors.map { $0.map { $0 * factor } }
                let ids = Array(UInt64(0)..<2000)
                try index.upsert(
                    FloatMatrix(Array(changed.prefix(2000)), columns: Self.dimension), ids: ids)
                try index.settle()
                let later = try recall(of: index, queries)
                #expect(later >= 0.97, "times \(factor), seed \(seed): \(later)")
            }
        }
    }
}
