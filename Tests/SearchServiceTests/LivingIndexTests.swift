import FeatureStorage
import Foundation
import IndexCatalog
import IndexDefinitions
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

    /// The ids of the nearest vectors by a plain scan in double precision.
    private func nearest(
        to query: [Float], among vectors: [Int: [Float]], count: Int
    ) -> [String] {
        vectors.map { id, vector in
            let distance = zip(query, vector).reduce(0.0) { sum, pair in
                sum + (Double(pair.0) - Double(pair.1)) * (Double(pair.0) - Double(pair.1))
            }
            return (distance, id)
        }
        .sorted { $0 < $1 }.prefix(count).map { String($0.1) }
    }

    private func ids(_ response: SearchResponse) -> [[String]] {
        response.answers.map { $0.hits.map(\.id) }
    }

    @Test(arguments: IndexCatalog.kinds)
    func addedChangedAndDeletedPointsAreSeen(kind: IndexKind) throws {
        try withEverySeed(0..<3) { generator, seed in
            let engine = try Engine(
                store: folder.path("store-\(kind)-\(seed)"), access: .readWrite)
            let vectors = randomVectors(400, dimension: 12, using: &generator)
            let first = try write(Array(vectors[..<300]), to: "first.npy")
            let asked = randomVectors(20, dimension: 12, using: &generator)
            let queries = try write(asked, to: "queries.npy")
            _ = try engine.ingestVectors(
                VectorIngestRequest(file: first, collection: "c", vector: "v"))
            _ = try engine.buildIndex(IndexBuildRequest(collection: "c", kind: kind))

            let later = try write(Array(vectors[300...]), to: "later.npy")
            _ = try engine.ingestVectors(
                VectorIngestRequest(file: later, collection: "c", vector: "v", firstID: 250))
            for id in stride(from: 0, to: 350, by: 7) {
                try engine.deletePoint(String(id), in: "c")
            }

            var present: [Int: [Float]] = [:]
            for id in 0..<350 where id % 7 != 0 {
                present[id] = id < 250 ? vectors[id] : vectors[id + 50]
            }
            var byIndex = SearchRequest(
                collection: "c", query: .vectorFile(queries), k: 10, mode: .kind(kind))
            byIndex.effort = .setting(400)
            let answers = try engine.search(byIndex)
            #expect(answers.kind == kind.rawValue)
            let expected = asked.map { nearest(to: $0, among: present, count: 10) }
            #expect(ids(answers) == expected, "seed \(seed)")
            var exact = byIndex
            exact.mode = .exact
            #expect(try ids(engine.search(exact)) == expected, "seed \(seed)")
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
        for kind in IndexCatalog.kinds {
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
        let index = try engine.buildIndex(IndexBuildRequest(collection: "c", kind: .hnsw))
        var bytes = try Data(contentsOf: URL(fileURLWithPath: index.path))
        // The first byte after the header's page belongs to a section, not to padding.
        bytes[4096] ^= 0x10
        try bytes.write(to: URL(fileURLWithPath: index.path))

        #expect(try engine.verifyIndexes().map { $0.fault != nil } == [true])
        var request = SearchRequest(collection: "c", query: .id("3"), mode: .kind(.hnsw))
        let response = try engine.search(request)
        #expect(response.kind == "exact")
        #expect(response.warnings.count == 1)
        #expect(!FileManager.default.fileExists(atPath: index.path))
        #expect(FileManager.default.fileExists(atPath: index.path + ".corrupt"))
        request.mode = .exact
        #expect(try ids(engine.search(request)) == ids(response))

        _ = try engine.buildIndex(IndexBuildRequest(collection: "c", kind: .hnsw))
        #expect(try engine.verifyIndexes().map { $0.fault == nil } == [true])
    }

    /// Two fields of one dimension, indexed at one change of the store: only a checksum tells them apart.
    @Test func swappedIndexFilesAreNoticed() throws {
        var generator = SplitMix64(seed: 5)
        let engine = try Engine(store: folder.path("store"), access: .readWrite)
        for field in ["v", "w"] {
            let file = try write(
                randomVectors(60, dimension: 8, using: &generator), to: "\(field).npy")
            _ = try engine.ingestVectors(
                VectorIngestRequest(file: file, collection: "c", vector: field))
        }
        let paths = try ["v", "w"].map { field in
            try engine.buildIndex(
                IndexBuildRequest(collection: "c", vector: field, kind: .hnsw)
            ).path
        }
        let files = try paths.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
        try files[1].write(to: URL(fileURLWithPath: paths[0]))
        try files[0].write(to: URL(fileURLWithPath: paths[1]))
        #expect(try engine.verifyIndexes().map { $0.fault == nil } == [false, false])
        let response = try engine.search(
            SearchRequest(collection: "c", vector: "v", query: .id("1"), mode: .kind(.hnsw)))
        #expect(response.kind == "exact" && response.warnings.count == 1)
    }

    @Test(arguments: [0, -1, Int.max])
    func aCountThatCannotBeIsRefused(k: Int) throws {
        let engine = try Engine(store: folder.path("store"), access: .readWrite)
        let file = try write([[1, 2], [3, 4], [5, 6]], to: "v.npy")
        _ = try engine.ingestVectors(
            VectorIngestRequest(file: file, collection: "c", vector: "v"))
        let search = #expect(throws: ServiceError.self) {
            try engine.search(SearchRequest(collection: "c", query: .id("0"), k: k))
        }
        #expect(search?.code == .invalidRequest)
        let compare = #expect(throws: ServiceError.self) {
            try engine.compare(CompareRequest(collection: "c", k: k))
        }
        #expect(compare?.code == .invalidRequest)
        for most in [4, 1_000_000_000] {
            let response = try engine.search(
                SearchRequest(collection: "c", query: .id("0"), k: most))
            #expect(response.answers[0].hits.count == 2)
        }
    }

    @Test func aRebuildReplacesThePublishedFileInOneStep() throws {
        var generator = SplitMix64(seed: 6)
        let engine = try Engine(store: folder.path("store"), access: .readWrite)
        let file = try write(randomVectors(80, dimension: 4, using: &generator), to: "v.npy")
        _ = try engine.ingestVectors(
            VectorIngestRequest(file: file, collection: "c", vector: "v"))
        var request = IndexBuildRequest(collection: "c", kind: .hnsw)
        let first = try engine.buildIndex(request)
        request.parameters["m"] = .number(8)
        let second = try engine.buildIndex(request)
        #expect(first.path != second.path)
        #expect(!FileManager.default.fileExists(atPath: first.path))
        let listed = try engine.indexes()
        #expect(listed.map(\.path) == [second.path])
        #expect(listed[0].parameters.hasPrefix("m 8,") && listed[0].count == 80)
        #expect(try engine.verifyIndexes().allSatisfy { $0.fault == nil })
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
