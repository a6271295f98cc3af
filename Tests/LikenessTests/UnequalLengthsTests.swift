import Foundation
import HNSW
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
        // In groups, as real ones are: vectors that lie anywhere have no neighbours to speak of.
        var centers = SplitMix64(seed: 5)
        let all = randomVectors(60, dimension: dimension, using: &centers)
        return randomVectors(count, dimension: dimension, using: &generator).map { vector in
            let center = all[Int.random(in: 0..<60, using: &generator)]
            let sum = zip(center, vector).map { $0 + 0.7 * $1 }
            let norm = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return sum.map { $0 / norm }
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
