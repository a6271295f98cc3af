import IndexCatalog
import IndexDefinitions
import Likeness
import SearchService
import TestSupport
import Testing
import VectorCore

/// What an index knows of its recall, and how it is told better.
@Suite struct OperatingPointsTests {
    private static let dimension = 40
    private let vectors: FloatMatrix
    private let queries: FloatMatrix

    init() {
        var generator = SplitMix64(seed: 21)
        vectors = Self.matrix(3000, using: &generator)
        queries = Self.matrix(150, using: &generator)
    }

    private static func matrix(_ count: Int, using generator: inout SplitMix64) -> FloatMatrix {
        FloatMatrix(
            randomVectors(count, dimension: dimension, using: &generator), columns: dimension)
    }

    private func built(_ kind: IndexKind = .hnsw, measures: Bool = true) throws -> StandaloneIndex {
        try StandaloneIndex.build(
            vectors, kind: kind, metric: .l2,
            options: kind == .hnsw
                ? BuildOptions(hnsw: HNSWParameters(measuresRecall: measures), threads: 2)
                : BuildOptions(threads: 2))
    }

    private func code(_ body: () throws -> Void) -> ServiceError.Code? {
        #expect(throws: ServiceError.self) { try body() }?.code
    }

    @Test func buildsMeasureWithWhatIsHeldOut() throws {
        let index = try built()
        let points = try #require(index.operatingPoints)
        #expect(points.source == .heldOut && points.count == 2700 && points.queryCount == 300)
        #expect(try built(measures: false).operatingPoints == nil)
        #expect(try built(.flat).operatingPoints == nil)
        #expect(index.rebuilds.isEmpty && index.warning == nil)
        #expect(try built(.matrix).warning == nil)
    }

    @Test func queriesOfTheUsersCountAlone() throws {
        let folder = try TemporaryFolder()
        let index = try built(measures: false)
        try index.tune(queries, threads: 2)
        let points = try #require(index.operatingPoints)
        #expect(points.source == .queries && points.count == 3000 && points.queryCount == 150)
        try index.save(to: folder.path("index"))
        #expect(try StandaloneIndex.open(folder.path("index")).operatingPoints == points)
        // As many others come; they are measured with the same queries.
        var generator = SplitMix64(seed: 22)
        try index.add(Self.matrix(3000, using: &generator))
        try index.settle()
        let later = try #require(index.operatingPoints)
        #expect(later.source == .queries && later.count > 3000)
        let setting = try #require(later.setting(reaching: 0.8, k: 10, count: 6000))
        for query in [0, 10, 20] {
            let asked = queries.vector(query)
            let byRecall = try index.search(asked, k: 10, effort: .recall(0.8))
            let bySetting = try index.search(asked, k: 10, effort: .setting(setting))
            #expect(byRecall == bySetting)
        }
    }

    @Test func whatCannotBeTunedIsRefused() throws {
        for kind in [IndexKind.flat, .matrix] {
            let index = try built(kind)
            #expect(code { try index.tune(queries) } == .unsupported)
        }
        let index = try built()
        let points = index.operatingPoints
        let narrow = FloatMatrix([[1, 2]], columns: 2)
        let none = FloatMatrix([], columns: Self.dimension)
        let strange = FloatMatrix(
            [[Float](repeating: .nan, count: Self.dimension)], columns: Self.dimension)
        #expect(code { try index.tune(narrow) } == .invalidData)
        #expect(code { try index.tune(none) } == .invalidRequest)
        #expect(code { try index.tune(strange) } == .invalidData)
        #expect(index.operatingPoints == points)
    }
}
