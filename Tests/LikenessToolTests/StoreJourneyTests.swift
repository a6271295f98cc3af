import Foundation
import JSON
import TestSupport
import Testing

/// From a store to a snapshot and back, and what is said about damage on the way.
@Suite struct StoreJourneyTests {
    private static let data = clusteredVectors(300, dimension: 12)

    private func filledTool() throws -> Tool {
        let tool = try Tool()
        let file = try tool.folder.write("base.npy", npy(Self.data))
        try tool.run("ingest vectors \(file) -c things --vector v")
        try tool.run("index build things --kind hnsw")
        return tool
    }

    @Test func aRestoredStoreAnswersLikeTheOriginal() throws {
        let tool = try filledTool()
        let snapshot = tool.folder.path("s")
        let written = try tool.json("snapshot \(snapshot)")
        #expect(written["point_count"] == 300 && written["warnings"]?.arrayValue == [])
        #expect(written["index_files"]?.arrayValue?.count == 1)
        let restored = tool.folder.path("restored")
        let made = try tool.json("restore \(snapshot) --store \(restored)")
        #expect(made["store_id"] == written["store_id"])
        let verified = try tool.json("verify --store \(restored)")
        #expect(verified["faults"]?.arrayValue == [] && verified["index_count"] == 1)
        #expect(try tool.json("verify \(snapshot)")["faults"]?.arrayValue == [])
        for id in [0, 7, 123] {
            let query = "search things --id \(id) --kind hnsw"
            let (before, after) = (
                try tool.json(query), try tool.json("\(query) --store \(restored)")
            )
            #expect(before["answers"] == after["answers"] && after["kind"] == "hnsw")
        }
        try tool.fails("snapshot \(snapshot)", status: 64, saying: "--replace")
        try tool.run("snapshot \(snapshot) --replace --without-indexes")
        try tool.fails("restore \(snapshot)", status: 64, saying: "--store")
        try tool.fails("restore \(tool.folder.path("none"))", status: 1, saying: "no snapshot")
        try tool.fails(
            "verify \(tool.folder.path("base.npy"))", status: 65, saying: "not a snapshot")
    }

    @Test func faultsAreListed() throws {
        let tool = try filledTool()
        let index = try tool.json("index list")["indexes"]?[0]?["path"]?.stringValue
        let path = try #require(index)
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        try file.seek(toOffset: 5000)
        try file.write(contentsOf: [0xFF, 0x01, 0xFE])
        try file.close()
        let verified = try tool.json("verify", status: 2)
        #expect(verified["faults"]?.arrayValue?.count == 1)
        let snapshot = tool.folder.path("s")
        let written = try tool.json("snapshot \(snapshot)", status: 2)
        #expect(written["warnings"]?.arrayValue?.count == 1, "a damaged index is left out")
        #expect(written["index_files"]?.arrayValue == [])

        let data = "\(tool.store)/data.mdb"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: data))
        for place in stride(from: 9000, to: bytes.count, by: 4096) { bytes[place] ^= 0x20 }
        try bytes.write(to: URL(fileURLWithPath: data))
        let damaged = try tool.json("verify", status: 2)
        #expect((damaged["faults"]?.arrayValue?.count ?? 0) > 1)
        try tool.fails("snapshot \(tool.folder.path("t"))", status: 65, saying: "damaged")
        try tool.fails("compact", status: 65, saying: "damaged")
        #expect(!FileManager.default.fileExists(atPath: tool.folder.path("t")))
        let restored = tool.folder.path("restored")
        try tool.run("restore \(snapshot) --store \(restored)")
        let answer = try tool.run("search things --id 1 --store \(restored) --json", status: 2)
        #expect(try JSONValue(parsing: answer.output)["kind"] == "exact")
    }

    @Test func compactingShrinksAndChangesNoAnswer() throws {
        let tool = try filledTool()
        let before = try tool.json("search things --id 9")
        for id in 200..<240 { try tool.run("point delete things \(id)") }
        let report = try tool.json("compact")
        let sizes = (
            report["bytes_before"]?.integerValue ?? 0, report["bytes_after"]?.integerValue ?? 0
        )
        #expect(sizes.0 > sizes.1 && sizes.1 > 0)
        let after = try tool.json("search things --id 9")
        let ids = { (value: JSONValue) in
            (value["answers"]?[0]?["hits"]?.arrayValue ?? []).compactMap { $0["id"]?.integerValue }
                .filter { !(200..<240).contains($0) }
        }
        #expect(ids(after).starts(with: ids(before)))
        #expect(try tool.json("verify")["faults"]?.arrayValue == [])
    }
}
