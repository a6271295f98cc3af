import IndexCatalog
import Likeness
import TestSupport
import Testing
import VectorCore

/// Few vectors that are the nearest of most others.
@Suite struct HubTests {
    private static let dimension = 64

    /// Vectors around a point, and others that lie densely on a plane near that point.
    private static func drawn(
        _ count: Int, dense: Int, using generator: inout SplitMix64
    ) -> [[Float]] {
        let axes = randomVectors(3, dimension: dimension, using: &generator)
        let plane = (0..<dense).map { _ in
            let (left, right) = (
                Float.random(in: 0..<1, using: &generator),
                Float.random(in: 0..<1, using: &generator)
            )
            return (0..<dimension).map { place in
                left * axes[0][place] + right * axes[1][place] + 0.3 * axes[2][place]
            }
        }
        return randomVectors(count, dimension: dimension, using: &generator) + plane
    }

    /// They lead to each other still when all others have been made reachable.
    @Test(arguments: [nil, .f32] as [VectorCodes?], [true, false])
    func theyAreFound(codes: VectorCodes?, isInOrder: Bool) throws {
        try withEverySeed(0..<2) { generator, seed in
            let all = Self.drawn(6000, dense: 2000, using: &generator)
            let vectors = isInOrder ? all : all.shuffled(using: &generator)
            let queries = randomVectors(300, dimension: Self.dimension, using: &generator)
            let parameters = HNSWParameters(codes: codes, measuresRecall: false)
            let built = try graph(of: vectors, .l2, parameters)
            let figure = try recall(of: built, queries, effort: .setting(64))
            #expect(figure >= 0.75, "built, seed \(seed): \(figure)")
            let grown = try graph(of: Array(vectors[..<4000]), .l2, parameters)
            for first in stride(from: 4000, to: 8000, by: 1000) {
                try grown.add(
                    FloatMatrix(Array(vectors[first..<first + 1000]), columns: Self.dimension))
            }
            try grown.settle()
            let later = try recall(of: grown, queries, effort: .setting(64))
            #expect(later >= 0.75, "grown, seed \(seed): \(later)")
        }
    }
}
