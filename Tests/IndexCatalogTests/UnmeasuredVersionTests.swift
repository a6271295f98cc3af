import Evaluation
import HNSW
import TestSupport
import Testing
import VectorCore

/// No search goes by operating points that were measured before most of the graph came.
@Suite struct UnmeasuredVersionTests {
    /// Numbers of so many directions, in 32.
    private func vectors(
        _ count: Int, directions: Int, using generator: inout SplitMix64
    ) -> FloatMatrix {
        let axes = randomVectors(directions, dimension: 32, using: &generator)
        return FloatMatrix(
            randomVectors(count, dimension: directions, using: &generator).map { weights in
                (0..<32).map { column in
                    zip(weights, axes).reduce(0) { $0 + $1.0 * $1.1[column] }
                }
            }, columns: 32)
    }

    /// Vectors of four directions are found with ease; those of 32 that replace all of them are not.
    @Test(arguments: [true, false])
    func whatReplacedMostIsMeasuredBeforeItIsShown(completely: Bool) throws {
        try withEverySeed(0..<2) { generator, seed in
            let index = try HNSWIndex.build(
                vectors(3000, directions: 4, using: &generator), metric: .l2,
                parameters: HNSWParameters(m: 8, efConstruction: 40), threads: 2)
            let before = try index.setting(reaching: 0.95, k: 10)
            let writer = HNSWWriter(index)
            let all = vectors(3300, directions: 32, using: &generator)
            try writer.change(
                removing: Array(0..<3000), adding: all.selecting(rows: Array(0..<3000)))
            let queries = all.selecting(rows: Array(3000..<3300))
            var shown = 0
            try writer.fold(threads: 2, completely: completely) { version in
                shown += 1
                #expect(version.recallTable?.source == .changes)
            }
            #expect(shown == 1, "seed \(seed)")
            let version = writer.version
            let setting = try version.setting(reaching: 0.95, k: 10)
            #expect(setting > before, "seed \(seed)")
            let found = try version.searchBatch(
                queries, k: 10, effort: .setting(setting), threads: 2)
            let exact = try version.searchBatch(queries, k: 10, effort: .exact, threads: 2)
            let hits = zip(found, exact).reduce(0) { hits, pair in
                hits + Set(pair.0.map(\.row)).intersection(pair.1.map(\.row)).count
            }
            #expect(Double(hits) / 3000 > 0.93, "seed \(seed)")
        }
    }
}
