import FeatureStorage
import Foundation
import IndexCatalog
import IndexDefinitions
import JSON
import SearchService
import TestSupport
import Testing
import VectorCore

/// Points that are written, read and searched with vectors from memory.
@Suite struct MemoryVectorTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func entries(
        _ vectors: [[Float]], from first: UInt64 = 0
    ) -> [VectorUpsertRequest.Entry] {
        vectors.enumerated().map {
            .init(id: .number(first + UInt64($0.offset)), vector: .f32($0.element))
        }
    }

    private func refused(
        _ code: ServiceError.Code, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () throws(ServiceError) -> Void
    ) {
        do throws(ServiceError) {
            try body()
            Issue.record("It succeeded.", sourceLocation: sourceLocation)
        } catch {
            #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: everyKindAndNone)
    func aBatchAnswersAsAScanDoes(kind: IndexKind?) throws {
        try withEverySeed(0..<2) { generator, seed in
            let engine = try Engine(
                store: folder.path("\(kind?.rawValue ?? "exact")-\(seed)"), access: .readWrite)
            let vectors = randomVectors(500, dimension: 12, using: &generator)
            let added = try engine.upsert(
                VectorUpsertRequest(
                    collection: "c", vector: "v", entries: entries(Array(vectors[..<400]))))
            #expect(added == 400)
            if let kind {
                _ = try engine.buildIndex(IndexBuildRequest(collection: "c", kind: kind))
            }
            // Some are added, changed and deleted after the index was built.
            #expect(
                try engine.upsert(
                    VectorUpsertRequest(
                        collection: "c", vector: "v",
                        entries: entries(Array(vectors[380...]), from: 380))) == 100)
            let gone = stride(from: UInt64(0), to: 500, by: 9).map { PointID.number($0) }
            try engine.deletePoints(gone, in: "c")
            let queries = randomVectors(40, dimension: 12, using: &generator)
            let reference = ReferenceSearch(vectors, metric: .l2)
            for effort in [SearchEffort.setting(400), .recall(0.99), .exact] {
                let response = try engine.search(
                    VectorSearchRequest(
                        collection: "c",
                        queries: FloatMatrix(queries, columns: 12), k: 7,
                        mode: kind.map { .kind($0) } ?? .automatic, effort: effort, threads: 2))
                var hits = 0
                for (query, matches) in zip(queries, response.matches) {
                    let distances = reference.distances(from: query)
                    let expected = distances.indices.filter { $0 % 9 != 0 }
                        .sorted { distances[$0] < distances[$1] }.prefix(7)
                    let ids = Set(expected.map { PointID.number(UInt64($0)) })
                    #expect(matches.count == 7)
                    hits += matches.count { ids.contains($0.id) }
                }
                let least = kind == .hnsw && effort != .exact ? 260 : 280
                #expect(
                    hits >= least, "\(kind?.rawValue ?? "exact"), \(effort), seed \(seed): \(hits)")
            }
        }
    }

    @Test func aWriteIsWholeOrNothing() throws {
        let engine = try Engine(store: folder.path("store"), access: .readWrite)
        var wrong = entries([[1, 2], [3, 4]])
        wrong[1].vector = .f32([3, .nan])
        refused(.invalidData) { () throws(ServiceError) in
            try engine.upsert(
                VectorUpsertRequest(collection: "c", vector: "v", entries: wrong))
        }
        #expect(try engine.collections().isEmpty)
        try engine.upsert(
            VectorUpsertRequest(
                collection: "c", vector: "v", metric: .cosine, entries: entries([[1, 2], [3, 4]])))
        wrong[1].vector = .f32([3, 4, 5])
        refused(.invalidData) { () throws(ServiceError) in
            try engine.upsert(
                VectorUpsertRequest(collection: "c", vector: "v", entries: wrong))
        }
        refused(.invalidRequest) { () throws(ServiceError) in
            try engine.upsert(
                VectorUpsertRequest(
                    collection: "c", vector: "v", metric: .l1, entries: entries([[1, 2]])))
        }
        refused(.notFound) { () throws(ServiceError) in
            try engine.deletePoints([.number(0), .number(7)], in: "c")
        }
        #expect(try engine.pointCount(in: "c") == 2)
        #expect(try engine.field(nil, of: "c").metric == .cosine)
    }

    @Test func payloadsAndOtherFieldsStay() throws {
        let engine = try Engine(store: folder.path("store"), access: .readWrite)
        let id = PointID.number(5)
        try engine.upsert(
            VectorUpsertRequest(
                collection: "c", vector: "a",
                entries: [.init(id: id, vector: .u8([1, 2, 3]), payload: ["name": "five"])]))
        try engine.upsert(
            VectorUpsertRequest(
                collection: "c", vector: "b", entries: [.init(id: id, vector: .f16([0.5]))]))
        let point = try #require(try engine.points([id, .number(6)], in: "c")[0])
        #expect(point.payload["name"]?.stringValue == "five")
        #expect(point.vectors.map(\.field).sorted() == ["a", "b"])
        #expect(try engine.points([.number(6)], in: "c").allSatisfy { $0 == nil })
        try engine.upsert(
            VectorUpsertRequest(
                collection: "c", vector: "a",
                entries: [
                    .init(id: id, vector: .u8([4, 5, 6]), payload: ["name": "six"]),
                    .init(id: id, vector: .u8([7, 8, 9])),
                ]))
        var seen: [[Float]] = []
        try engine.forEachVector("a", of: "c") { _, vector in
            seen.append(vector.indices.map { vector[$0] })
            return true
        }
        #expect(seen == [[7, 8, 9]])
        let now = try #require(try engine.points([id], in: "c")[0])
        #expect(now.payload["name"]?.stringValue == "six")
    }
}
