import IndexCatalog
import Likeness
import TestSupport
import Testing
import VectorCore

/// Vectors so near each other that little tells them apart.
@Suite struct CoarseCodesTests {
    /// Nearly parallel vectors: 1 − ⟨x, z⟩ would lose what tells them apart.
    @Test(arguments: [nil, .f32, .rq8] as [VectorCodes?], [1e-3, 1e-5] as [Float])
    func nearlyParallel(codes: VectorCodes?, size: Float) throws {
        try withEverySeed(0..<2) { generator, seed in
            let direction = randomVectors(1, dimension: 24, using: &generator)[0]
            let all = randomVectors(2400, dimension: 24, using: &generator).map { vector in
                zip(direction, vector).map { $0 + size * $1 }
            }
            let index = try graph(
                of: Array(all[..<2200]), .cosine,
                HNSWParameters(codes: codes, measuresRecall: false))
            let figure = try recall(of: index, Array(all[2200...]))
            #expect(figure >= 0.95, "seed \(seed): \(figure)")
        }
    }

    /// In tight groups codes of 8 bits would find too few, however hard a search looks.
    @Test(arguments: [DistanceMetric.l2, .cosine])
    func tightGroups(metric: DistanceMetric) throws {
        try withEverySeed(0..<3) { generator, seed in
            let all = groupedVectors(
                10_300, dimension: 48, groups: 200, noise: 0.02, using: &generator
            ).shuffled(using: &generator)
            let index = try graph(of: Array(all[..<10_000]), metric)
            let figure = try recall(
                of: index, Array(all[10_000...]), effort: .setting(400))
            #expect(figure >= 0.985, "seed \(seed): \(figure)")
        }
    }

    /// Codes that were asked for cannot be fitted to no vectors; the file can be opened all the same.
    @Test(arguments: [.f16, .rq8, .sq8] as [VectorCodes])
    func codesOfNothing(codes: VectorCodes) throws {
        let folder = try TemporaryFolder()
        var generator = SplitMix64(seed: 3)
        let metric = codes == .sq8 ? DistanceMetric.l1 : .l2
        let parameters = HNSWParameters(codes: codes, measuresRecall: false)
        let none = try StandaloneIndex.build(
            FloatMatrix([], columns: 40), kind: .hnsw, metric: metric,
            options: BuildOptions(hnsw: parameters, threads: 1))
        try none.save(to: folder.path("none"))
        let index = try StandaloneIndex.open(folder.path("none"))
        try index.add(
            FloatMatrix(randomVectors(600, dimension: 40, using: &generator), columns: 40))
        try index.settle()
        try index.save(to: folder.path("some"))
        #expect(try StandaloneIndex.open(folder.path("some")).count == 600)
    }
}
