import HNSW
import TestSupport
import Testing
import VectorCore

/// Whatever comes and goes, searches can get to every vector.
@Suite struct ReachedRowsTests {
    /// Vectors in groups, which few links join.
    private func made(
        _ count: Int, around centers: [[Float]], using generator: inout SplitMix64
    ) -> FloatMatrix {
        FloatMatrix(
            (0..<count).map { _ in
                centers[Int.random(in: centers.indices, using: &generator)]
                    .map { $0 + 0.35 * Float.random(in: -1...1, using: &generator) }
            }, columns: centers[0].count)
    }

    @Test(arguments: [(m: 2, dimension: 8), (3, 16), (4, 32), (16, 32)], [20, 150])
    func everyRowIsReachedAfterEveryFold(_ shape: (m: Int, dimension: Int), batch: Int) throws {
        try withEverySeed(0..<2) { generator, seed in
            let centers = randomVectors(20, dimension: shape.dimension, using: &generator)
            let index = try HNSWIndex.build(
                made(2000, around: centers, using: &generator), metric: .l2,
                parameters: HNSWParameters(m: shape.m, efConstruction: 40), threads: 2)
            let writer = HNSWWriter(index)
            for step in 0..<2000 / batch {
                let shown = writer.version.shown.rows.shuffled(using: &generator)
                try writer.change(
                    removing: Array(shown.prefix(batch)),
                    adding: made(batch, around: centers, using: &generator))
                try writer.fold(threads: 2)
                #expect(writer.version.unreachableCount() == 0, "seed \(seed), fold \(step)")
            }
        }
    }

    /// A graph so large that it is not walked after every fold, whose lists often drop their last links.
    @Test func droppedRowsAreLinkedWithoutAWalk() throws {
        try withEverySeed(0..<2) { generator, seed in
            let centers = randomVectors(2, dimension: 8, using: &generator)
            let index = try HNSWIndex.build(
                made(8000, around: centers, using: &generator), metric: .l2,
                parameters: HNSWParameters(m: 4, efConstruction: 20), threads: 2)
            let writer = HNSWWriter(index)
            for step in 0..<200 {
                try writer.change(
                    removing: [], adding: made(10, around: centers, using: &generator))
                try writer.fold(threads: 2)
                #expect(
                    writer.version.unlinkedCount() == 0,
                    "seed \(seed), fold \(step): nothing leads to some rows")
            }
        }
    }
}
