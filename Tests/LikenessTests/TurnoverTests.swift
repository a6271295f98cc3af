import IndexCatalog
import Likeness
import SearchService
import TestSupport
import Testing
import VectorCore

/// Graphs all of whose vectors are replaced, held to graphs that are built anew.
@Suite struct TurnoverTests {
    private static let dimension = 24
    private static let groups = 40

    /// Vectors in groups that lie far apart, each larger than what an insertion looks at.
    private static func grouped(
        _ count: Int, using generator: inout SplitMix64
    ) -> [[Float]] {
        var centers = SplitMix64(seed: 11)
        let all = randomVectors(groups, dimension: dimension, using: &centers)
        return randomVectors(count, dimension: dimension, using: &generator).enumerated().map {
            (row, vector) in zip(all[row % groups], vector).map { $0 + 0.4 * $1 }
        }
    }

    private static func recall(
        _ index: StandaloneIndex, _ truth: [[IndexMatch]], _ queries: FloatMatrix, efSearch: Int
    ) throws -> Double {
        let found = try index.searchBatch(queries, k: 10, effort: .setting(efSearch))
        let hits = zip(truth, found).map { Set($0.map(\.id)).intersection($1.map(\.id)).count }
        return Double(hits.reduce(0, +)) / Double(10 * truth.count)
    }

    /// Where groups lose the links between them, a search ends in a wrong one and finds nothing at all.
    @Test func recallStaysWhereAllIsReplaced() throws {
        try withEverySeed(0..<1) { generator, seed in
            let count = 6000
            let vectors = Self.grouped(2 * count, using: &generator)
            let queries = FloatMatrix(
                Self.grouped(4000, using: &generator), columns: Self.dimension)
            func matrix(_ ids: [UInt64]) -> FloatMatrix {
                FloatMatrix(ids.map { vectors[Int($0)] }, columns: Self.dimension)
            }
            func build(_ ids: [UInt64], seed: UInt64 = 1) throws -> StandaloneIndex {
                let parameters = HNSWParameters(m: 8, efConstruction: 50, seed: seed)
                return try StandaloneIndex.build(
                    matrix(ids), ids: ids, kind: .hnsw, metric: .l2,
                    options: BuildOptions(hnsw: parameters, threads: 2))
            }
            var absent = (0..<UInt64(2 * count)).shuffled(using: &generator)
            var present = Array(absent.suffix(count))
            absent.removeLast(count)
            let index = try build(present)
            for turnover in 1...4 {
                present.shuffle(using: &generator)
                absent.shuffle(using: &generator)
                for start in stride(from: 0, to: count, by: count / 50) {
                    let coming = Array(absent[start..<start + count / 50])
                    try index.remove(Array(present[start..<start + count / 50]))
                    try index.add(matrix(coming), ids: coming)
                    try index.settle()
                }
                swap(&present, &absent)
                // One build may be half a point better or worse than another.
                let fresh = try (1...4).map { try build(present, seed: $0) }
                let truth = try index.searchBatch(queries, k: 10, effort: .exact)
                for efSearch in [20, 64] {
                    let now = try Self.recall(index, truth, queries, efSearch: efSearch)
                    let all = try fresh.map {
                        try Self.recall($0, truth, queries, efSearch: efSearch)
                    }
                    let new = all.reduce(0, +) / Double(all.count)
                    #expect(
                        now >= new - 0.005,
                        "seed \(seed), turnover \(turnover), efSearch \(efSearch): \(now), \(new)")
                }
            }
        }
    }
}
