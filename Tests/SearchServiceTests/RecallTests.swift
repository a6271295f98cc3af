import FeatureStorage
import Foundation
import IndexCatalog
import IndexDefinitions
import SearchService
import TestSupport
import Testing
import VectorCore
import VectorFiles

/// Recall that is asked for, measured and told is that of queries which are not in the index.
@Suite struct RecallTests {
    static let dimension = 40
    private let folder: TemporaryFolder
    private let vectors: [[Float]]
    private let unseen: [[Float]]

    init() throws {
        folder = try TemporaryFolder()
        var generator = SplitMix64(seed: 11)
        vectors = Self.clustered(3000, using: &generator)
        unseen = Self.clustered(200, using: &generator)
    }

    private static func clustered(_ count: Int, using generator: inout SplitMix64) -> [[Float]] {
        groupedVectors(count, dimension: dimension, groups: 60, noise: 0.67, using: &generator)
    }

    private func engine(_ name: String) throws -> Engine {
        try Engine(store: folder.path(name), access: .readWrite)
    }

    private func upsert(_ vectors: [[Float]], from first: UInt64 = 0, into engine: Engine) throws {
        try engine.upsert(
            VectorUpsertRequest(
                collection: "c", vector: "v",
                entries: vectors.enumerated().map {
                    .init(id: .number(first + UInt64($0.offset)), vector: .f32($0.element))
                }))
    }

    private func filled(
        _ name: String, _ change: (inout IndexBuildRequest) -> Void = { _ in }
    ) throws -> (engine: Engine, index: IndexSummary) {
        let engine = try engine(name)
        try upsert(vectors, into: engine)
        var request = IndexBuildRequest(collection: "c", kind: .hnsw, threads: 2)
        change(&request)
        return (engine, try engine.buildIndex(request))
    }

    private var queries: FloatMatrix { FloatMatrix(unseen, columns: Self.dimension) }

    private func tune(_ engine: Engine) throws -> TuneReport {
        try engine.tuneIndex(
            TuneRequest(collection: "c", queries: .vectors(queries), threads: 2))
    }

    private func search(_ engine: Engine, recall: Double) throws -> VectorSearchResponse {
        try engine.search(
            VectorSearchRequest(
                collection: "c", queries: queries, k: 10, mode: .kind(.hnsw),
                effort: .recall(recall)))
    }

    private func code(_ body: () throws -> Void) -> ServiceError.Code? {
        #expect(throws: ServiceError.self) { try body() }?.code
    }

    @Test func measuringIsToldApartAndCanBeLeftOut() throws {
        let (engine, index) = try filled("told")
        let points = try #require(index.operatingPoints)
        #expect(points.source == .heldOut && points.queryCount == 300 && points.count == 2700)
        #expect(index.measuringSeconds > 0 && index.buildSeconds > 0)
        let listed = try engine.indexes()
        #expect(listed.map(\.operatingPoints) == [points])
        #expect(listed.map(\.measuringSeconds) == [index.measuringSeconds])
        #expect(try engine.verifyIndexes().map(\.index.operatingPoints) == [points])

        let (without, bare) = try filled("without") {
            $0.parameters["measureRecall"] = .flag(false)
        }
        #expect(bare.operatingPoints == nil && bare.measuringSeconds == 0)
        #expect(try without.indexes()[0].operatingPoints == nil)
    }

    @Test(arguments: VectorPlace.allCases)
    func aTableOfTheUsersQueriesIsKept(place: VectorPlace) throws {
        let path = "tuned-\(place)"
        let (engine, built) = try filled(path) {
            $0.parameters["codes"] = .word("rq8")
            $0.parameters["vectors"] = .word(place.rawValue)
        }
        // Searched before, so that an open view must notice.
        _ = try search(engine, recall: 0.9)
        let report = try tune(engine)
        let points = try #require(report.index.operatingPoints)
        #expect(points.source == .queries && points.queryCount == 200 && points.count == 3000)
        #expect(report.index.sequence == built.sequence && report.index.path != built.path)
        #expect(report.index.parameters == built.parameters)
        #expect(report.index.buildSeconds == built.buildSeconds)
        #expect(report.seconds > 0)
        #expect(!FileManager.default.fileExists(atPath: built.path))
        #expect(try engine.verifyIndexes().map(\.fault) == [nil])
        // Searches go by it: the efSearch is that of the table.
        #expect(try engine.indexes().map(\.operatingPoints) == [points])
        for recall in [0.5, 0.8, 0.9] {
            let setting = try #require(points.setting(reaching: recall, k: 10))
            let byRecall = try search(engine, recall: recall).matches
            let bySetting = try engine.search(
                VectorSearchRequest(
                    collection: "c", queries: queries, k: 10, mode: .kind(.hnsw),
                    effort: .setting(setting))
            ).matches
            #expect(byRecall == bySetting)
        }
        // And again: the file is replaced once more.
        #expect(try tune(engine).index.operatingPoints == points)
        #expect(try engine.indexes().count == 1)
    }

    @Test func whatHasChangedSinceCounts() throws {
        let (engine, built) = try filled("changed")
        var generator = SplitMix64(seed: 12)
        try upsert(Self.clustered(500, using: &generator), from: 3000, into: engine)
        try engine.deletePoints((0..<100).map { .number($0) }, in: "c")
        let report = try tune(engine)
        #expect(report.index.operatingPoints?.count == 3400)
        #expect(report.index.sequence == built.sequence && report.index.changesSince > 0)
        let found = try search(engine, recall: 0.95).matches
        let truth = try engine.search(
            VectorSearchRequest(collection: "c", queries: queries, k: 10, effort: .exact)
        ).matches
        let hits = zip(found, truth).map { Set($0.map(\.id)).intersection($1.map(\.id)).count }
        #expect(Double(hits.reduce(0, +)) / Double(10 * truth.count) >= 0.93)
    }

    @Test func whatCannotBeTunedIsRefused() throws {
        let engine = try engine("refused")
        try upsert(vectors, into: engine)
        #expect(code { _ = try tune(engine) } == .notFound)
        _ = try engine.buildIndex(IndexBuildRequest(collection: "c", kind: .flat))
        let (queries, few) = (self.queries, FloatMatrix([[1, 2]], columns: 2))
        for kind in [IndexKind.flat, .matrix] {
            #expect(
                code {
                    _ = try engine.tuneIndex(
                        TuneRequest(collection: "c", kind: kind, queries: .vectors(queries)))
                } == .unsupported)
        }
        let index = try engine.buildIndex(IndexBuildRequest(collection: "c", kind: .hnsw))
        let none = FloatMatrix([], columns: Self.dimension)
        for (wrong, expected) in [
            (TuneRequest.Queries.vectors(few), ServiceError.Code.invalidData),
            (.vectors(none), .invalidRequest), (.file(folder.path("nothing")), .inputOutput),
        ] {
            #expect(
                code { _ = try engine.tuneIndex(TuneRequest(collection: "c", queries: wrong)) }
                    == expected)
        }
        #expect(
            code {
                _ = try engine.tuneIndex(
                    TuneRequest(collection: "c", metric: .l1, queries: .vectors(queries)))
            } == .notFound)
        #expect(try engine.indexes().last?.operatingPoints == index.operatingPoints)
    }

    @Test func comparedQueriesAreNotInWhatIsBuilt() throws {
        let engine = try engine("compared")
        try upsert(vectors, into: engine)
        let request = CompareRequest(
            collection: "c", k: 10, kinds: [.flat, .matrix, .hnsw], queries: .sample(200))
        let built = try engine.compare(request)
        #expect(built.queryCount == 200 && built.leavesItselfOut)
        #expect(built.kinds.map(\.count) == [3000, 3000, 2800])
        #expect(built.kinds.map(\.queriesSeen) == [false, false, false])
        #expect(built.kinds[0].settings.map(\.recall) == [1])
        #expect(built.kinds[1].settings.map(\.recall) == [1])
        #expect(built.kinds[2].note?.contains("without the queries") == true)
        #expect(built.kinds[2].settings.allSatisfy { $0.unseenRecall == nil })

        _ = try engine.buildIndex(IndexBuildRequest(collection: "c", kind: .hnsw))
        let published = try engine.compare(request)
        #expect(published.kinds.map(\.queriesSeen) == [false, false, true])
        #expect(published.kinds[2].note?.contains("--queries") == true)
        let unseenRecalls = published.kinds[2].settings.compactMap(\.unseenRecall)
        #expect(unseenRecalls.count == published.kinds[2].settings.count)
        #expect(unseenRecalls == unseenRecalls.sorted())
        // What is held out of the build is as hard to find as what is held out of the comparison.
        for (held, seen) in zip(built.kinds[2].settings, published.kinds[2].settings) {
            #expect(held.setting == seen.setting)
            let unseen = try #require(seen.unseenRecall)
            #expect(abs(unseen - held.recall) < 0.05, "\(seen.setting)")
        }
    }

    /// Who gives vectors of the collection as queries is told, since new ones are harder to find.
    @Test func queriesThatAreVectorsAreCounted() throws {
        let engine = try engine("seen")
        try upsert(vectors, into: engine)
        let file = folder.path("seen.npy")
        let some = Array(vectors.prefix(100)) + Array(vectors.prefix(50)).map { $0.map { $0 + 1 } }
        let queries = FloatMatrix(some, columns: some[0].count)
        var writer = try VectorFileWriter(path: file, dimension: Self.dimension)
        for vector in some { try writer.append(vector.span) }
        try writer.finish()
        let request = CompareRequest(
            collection: "c", k: 10, kinds: [.flat, .hnsw], queries: .file(file))
        for isPublished in [false, true] {
            if isPublished {
                _ = try engine.buildIndex(IndexBuildRequest(collection: "c", kind: .hnsw))
            }
            let kinds = try engine.compare(request).kinds
            #expect(kinds.map(\.queriesSeen) == [false, true])
            #expect(kinds[1].note?.contains("100 of the 150 queries") == true)
        }
        for elsewhere in [false, true] {
            _ = try engine.buildIndex(
                IndexBuildRequest(
                    collection: "c", kind: .hnsw,
                    parameters: HNSWParameters(
                        codes: .rq8, vectors: elsewhere ? .store : .index
                    ).values))
            let tuned = try engine.tuneIndex(
                TuneRequest(collection: "c", queries: .vectors(queries)))
            #expect(tuned.index.operatingPoints?.seenCount == 100)
            #expect(try engine.indexes().first?.operatingPoints?.seenCount == 100)
        }
    }

    @Test func fewVectorsLeaveEnoughToFind() throws {
        let engine = try engine("few")
        try upsert(Array(vectors.prefix(30)), into: engine)
        let report = try engine.compare(
            CompareRequest(collection: "c", k: 3, kinds: [.flat, .hnsw]))
        #expect(report.queryCount == 15)
        #expect(report.kinds.map(\.count) == [30, 15])
        #expect(report.kinds.allSatisfy { $0.settings.last?.recall == 1 })
    }
}
