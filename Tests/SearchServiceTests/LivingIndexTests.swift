import FeatureStorage
import Foundation
import SearchService
import TestSupport
import Testing
import VectorCore
import VectorFiles

/// Searches through a published index tell the truth about a store that has changed since.
@Suite struct LivingIndexTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func write(_ vectors: [[Float]], to name: String) throws -> String {
        let path = folder.path(name)
        var writer = try VectorFileWriter(path: path, dimension: vectors[0].count)
        for vector in vectors { try writer.append(vector.span) }
        try writer.finish()
        return path
    }

    private func ids(_ response: SearchResponse) -> [[String]] {
        response.answers.map { $0.hits.map(\.id) }
    }

    @Test(arguments: ["flat", "hnsw", "matrix"])
    func addedChangedAndDeletedPointsAreSeen(kind: String) throws {
        try withEverySeed(0..<3) { generator, seed in
            let engine = try Engine(
                store: folder.path("store-\(kind)-\(seed)"), access: .readWrite)
            let vectors = randomVectors(400, dimension: 12, using: &generator)
            let first = try write(Array(vectors[..<300]), to: "first.npy")
            let queries = try write(
                randomVectors(20, dimension: 12, using: &generator), to: "queries.npy")
            _ = try engine.ingestVectors(
                VectorIngestRequest(file: first, collection: "c", vector: "v"))
            _ = try engine.buildIndex(IndexBuildRequest(collection: "c", kind: kind))

            let later = try write(Array(vectors[300...]), to: "later.npy")
            _ = try engine.ingestVectors(
                VectorIngestRequest(file: later, collection: "c", vector: "v", firstID: 250))
            for id in stride(from: 0, to: 350, by: 7) {
                try engine.deletePoint(String(id), in: "c")
            }

            let request = SearchRequest(collection: "c", query: .vectorFile(queries), k: 10)
            var byIndex = request
            byIndex.mode = .kind(kind)
            byIndex.efSearch = 400
            var exact = request
            exact.mode = .exact
            let answers = try engine.search(byIndex)
            #expect(answers.kind == kind)
            #expect(try ids(answers) == ids(engine.search(exact)), "seed \(seed)")
            #expect(answers.answers.allSatisfy { $0.hits.count == 10 })

            var everything = byIndex
            everything.k = 1000
            let count = try engine.pointCount(in: "c")
            #expect(try engine.search(everything).answers.allSatisfy { $0.hits.count == count })
        }
    }

    @Test func aPointThatAsksIsLeftOut() throws {
        var generator = SplitMix64(seed: 1)
        let engine = try Engine(store: folder.path("store"), access: .readWrite)
        let file = try write(randomVectors(50, dimension: 4, using: &generator), to: "v.npy")
        _ = try engine.ingestVectors(
            VectorIngestRequest(file: file, collection: "c", vector: "v"))
        for kind in ["flat", "matrix", "hnsw"] {
            _ = try engine.buildIndex(IndexBuildRequest(collection: "c", kind: kind))
            let response = try engine.search(
                SearchRequest(collection: "c", query: .id("7"), k: 49, mode: .kind(kind)))
            #expect(Set(ids(response)[0]) == Set((0..<50).map(String.init)).subtracting(["7"]))
        }
    }

    @Test func aDamagedIndexIsSetAsideAndTheAnswerIsExact() throws {
        var generator = SplitMix64(seed: 2)
        let engine = try Engine(store: folder.path("store"), access: .readWrite)
        let file = try write(randomVectors(200, dimension: 8, using: &generator), to: "v.npy")
        _ = try engine.ingestVectors(
            VectorIngestRequest(file: file, collection: "c", vector: "v"))
        let index = try engine.buildIndex(IndexBuildRequest(collection: "c", kind: "hnsw"))
        var bytes = try Data(contentsOf: URL(fileURLWithPath: index.path))
        // The first byte after the header's page belongs to a section, not to padding.
        bytes[4096] ^= 0x10
        try bytes.write(to: URL(fileURLWithPath: index.path))

        #expect(try engine.verifyIndexes().map { $0.fault != nil } == [true])
        var request = SearchRequest(collection: "c", query: .id("3"), mode: .kind("hnsw"))
        let response = try engine.search(request)
        #expect(response.kind == "exact")
        #expect(response.warnings.count == 1)
        #expect(!FileManager.default.fileExists(atPath: index.path))
        #expect(FileManager.default.fileExists(atPath: index.path + ".corrupt"))
        request.mode = .exact
        #expect(try ids(engine.search(request)) == ids(response))

        _ = try engine.buildIndex(IndexBuildRequest(collection: "c", kind: "hnsw"))
        #expect(try engine.verifyIndexes().map { $0.fault == nil } == [true])
    }

    @Test func theSameVectorsTwiceAddNothing() throws {
        var generator = SplitMix64(seed: 3)
        let engine = try Engine(store: folder.path("store"), access: .readWrite)
        let file = try write(randomVectors(50, dimension: 4, using: &generator), to: "v.npy")
        let request = VectorIngestRequest(file: file, collection: "c", vector: "v")
        let first = try engine.ingestVectors(request)
        let second = try engine.ingestVectors(request)
        #expect(first.added == 50 && first.present == 0)
        #expect(second.added == 0 && second.present == 50)
        let copy = folder.path("copy.npy")
        #expect(try engine.export(collection: "c", vector: nil, to: copy) == 50)
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: copy))
                == Data(contentsOf: URL(fileURLWithPath: file)))
    }

    @Test func notANumberIsRefusedBeforeAnythingIsWritten() throws {
        let engine = try Engine(store: folder.path("store"), access: .readWrite)
        var vectors = [[Float]](repeating: [1, 2, 3], count: 20)
        vectors[17][1] = .nan
        let file = try write(vectors, to: "v.npy")
        let error = #expect(throws: ServiceError.self) {
            try engine.ingestVectors(
                VectorIngestRequest(file: file, collection: "c", vector: "v"))
        }
        #expect(error?.code == .invalidData)
        #expect(error?.message.contains("17") == true)
        #expect(try engine.collections().isEmpty)
    }
}
