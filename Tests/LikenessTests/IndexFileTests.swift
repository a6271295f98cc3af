import Foundation
import IndexCatalog
import IndexDefinitions
import Likeness
import MappedStorage
import SearchService
import TestSupport
import Testing
import VectorCore

/// Indexes in files: the same answers, and damage of every kind noticed.
@Suite struct StandaloneIndexFileTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test(arguments: IndexCatalog.kinds, allMetrics)
    func whatIsOpenedAnswersAlike(kind: IndexKind, metric: DistanceMetric) throws {
        let set = VectorSet.zeros(10, of: 300, dimension: 19)
        for ids in [nil, scattered(300)] {
            let index = try makeIndex(kind, set, metric, ids: ids)
            let path = folder.path("\(kind).index")
            try index.save(to: path)
            let opened = try StandaloneIndex.open(path)
            #expect(opened.kind == kind && opened.metric == metric && opened.ids == index.ids)
            for effort in [SearchEffort.usual, .exact, .setting(20)] {
                #expect(
                    try opened.searchBatch(set.queryMatrix, k: 12, effort: effort)
                        == index.searchBatch(set.queryMatrix, k: 12, effort: effort))
            }
        }
        #expect(try folder.names == ["\(kind).index"])
    }

    @Test(arguments: IndexCatalog.kinds)
    func damageIsNoticed(kind: IndexKind) throws {
        let set = VectorSet.gaussian(60, dimension: 5)
        let path = folder.path("sound")
        try makeIndex(kind, set, .l2, ids: scattered(60)).save(to: path)
        let sound = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        var generator = SplitMix64(seed: 9)
        for trial in 0..<150 {
            var bytes = sound
            if trial % 3 == 0 {
                bytes.removeLast(Int.random(in: 1...bytes.count, using: &generator))
            } else {
                let place = Int.random(
                    in: 0..<(trial % 3 == 1 ? 4096 : bytes.count), using: &generator)
                bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            }
            let damaged = try folder.write("damaged", bytes)
            expectError(.invalidData) { try StandaloneIndex.open(damaged) }
        }
        expectError(.notFound, saying: "no file") {
            try StandaloneIndex.open(folder.path("nothing"))
        }
        expectError(.invalidData, saying: "regular") { try StandaloneIndex.open(folder.path) }
        expectError(.invalidData, saying: "regular") { try StandaloneIndex.open("/dev/null") }
    }

    @Test func anIdThatStandsTwiceIsNoticed() throws {
        let path = folder.path("twice")
        var writer = try IndexFileWriter(
            path: path,
            header: IndexFileHeader(
                kind: "flat", metric: .l2, count: 3, dimension: 2,
                environment: EnvironmentID(high: 0, low: 0), sequence: 0))
        try writer.section("ids") { sink throws(IndexError) in
            try sink.write([5, 7, 5] as [UInt64])
        }
        let vectors = FloatMatrix([[1, 2], [3, 4], [5, 6]], columns: 2)
        try writer.section("vectors") { sink throws(IndexError) in try sink.write(vectors) }
        _ = try writer.finish()
        expectError(.invalidData, saying: "positions 0 and 2") { try StandaloneIndex.open(path) }
    }

    @Test func filesOfStoresAndOwnFilesAreToldApart() throws {
        let engine = try Engine(store: folder.path("store"), access: .readWrite)
        _ = try engine.upsert(
            VectorUpsertRequest(
                collection: "c", vector: "v",
                entries: [.init(id: .number(1), vector: .f32([1, 2]))]))
        let published = try engine.buildIndex(IndexBuildRequest(collection: "c", kind: .flat))
        expectError(.invalidData, saying: "open the store") {
            try StandaloneIndex.open(published.path)
        }
        let own = folder.path("own.index")
        try makeIndex(.flat, .gaussian(3, dimension: 2), .l2).save(to: own)
        #expect(throws: IndexError.self) {
            try IndexSnapshot(opening: own, environment: EnvironmentID(high: 1, low: 2))
        }
        try? FileManager.default.removeItem(atPath: published.path)
        try FileManager.default.copyItem(atPath: own, toPath: published.path)
        #expect(try engine.verifyIndexes().first?.fault?.contains("another store") == true)
    }

    @Test func whoSavesUnderOneNameWaits() throws {
        let set = VectorSet.gaussian(300, dimension: 30)
        let index = try makeIndex(.flat, set, .l2)
        let path = folder.path("shared.index")
        try WorkerThreadsTest.run(4) {
            for _ in 0..<10 {
                try index.save(to: path)
                #expect(try StandaloneIndex.open(path).count == 300)
            }
        }
        #expect(try folder.names == ["shared.index"])
    }
}
