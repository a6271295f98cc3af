import Foundation
import JSON
import TestSupport
import Testing

/// Damaged files are noticed, said, and never trusted.
@Suite struct DamageTests {
    private static let data = clusteredVectors(400, dimension: 16)

    private func filledTool() throws -> Tool {
        let tool = try Tool()
        let file = try tool.folder.write("base.npy", npy(Self.data))
        try tool.run("ingest vectors \(file) -c things --vector v")
        return tool
    }

    /// Changes one byte of a file.
    private func damage(_ path: String, at offset: Int) throws {
        let handle = try #require(FileHandle(forUpdatingAtPath: path))
        try handle.seek(toOffset: UInt64(offset))
        let byte = try #require(try handle.read(upToCount: 1)?.first)
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: [byte ^ 0x10])
        try handle.close()
    }

    @Test(arguments: ["flat", "matrix", "hnsw"])
    func aDamagedIndexIsSetAsideAndTheAnswerIsExact(_ kind: String) throws {
        let tool = try filledTool()
        let index = try tool.json("index build things --kind \(kind)")
        let path = try #require(index["path"]?.stringValue)
        let length = try #require(index["file_bytes"]?.integerValue)
        let truth = nearestRows(to: Self.data[5], in: Self.data, k: 10, leavingOut: 5)
        // The header, the section table, and places inside the sections.
        for offset in [3, 40, Int(length) / 2, Int(length) - 70] {
            try tool.run("index build things --kind \(kind)")
            let listed = try tool.json("index list things")["indexes"]?.arrayValue ?? []
            let file = try #require(listed.first?["path"]?.stringValue)
            try damage(file, at: offset)

            let verified = try tool.json("index verify", status: 2)
            #expect(verified["damaged"] == 1, "\(offset)")
            #expect(verified["indexes"]?[0]?["fault"]?.stringValue != nil)

            let answer = try tool.run("search things --id 5 --kind \(kind) --json", status: 2)
            let response = try JSONValue(parsing: answer.output)
            let ids = (response["answers"]?[0]?["hits"]?.arrayValue ?? [])
                .compactMap { $0["id"]?.integerValue.map(Int.init) }
            #expect(ids == truth, "\(offset)")
            #expect(response["kind"] == "exact")
            #expect(response["warnings"]?.arrayValue?.isEmpty == false)
            #expect(answer.errors.hasPrefix("likeness: warning: "))

            #expect(!FileManager.default.fileExists(atPath: file), "set aside")
        }
        #expect(path.hasPrefix(tool.store))
    }

    @Test func aMissingIndexFileIsNoticed() throws {
        let tool = try filledTool()
        let index = try tool.json("index build things --kind hnsw")
        let path = try #require(index["path"]?.stringValue)
        try FileManager.default.removeItem(atPath: path)
        #expect(try tool.json("index verify", status: 2)["damaged"] == 1)
        #expect(try tool.json("search things --id 5", status: 2)["kind"] == "exact")
    }

    @Test func anIndexOfAnotherStoreIsNotTrusted() throws {
        let (tool, other) = (try filledTool(), try filledTool())
        let path = try #require(
            try tool.json("index build things --kind flat")["path"]?.stringValue)
        let foreign = try #require(
            try other.json("index build things --kind flat")["path"]?.stringValue)
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.copyItem(atPath: foreign, toPath: path)
        #expect(try tool.json("index verify", status: 2)["damaged"] == 1)
        #expect(try tool.json("search things --id 5", status: 2)["kind"] == "exact")
    }

    @Test func aDamagedStoreIsRefused() throws {
        let tool = try filledTool()
        let file = "\(tool.store)/data.mdb"
        let handle = try #require(FileHandle(forUpdatingAtPath: file))
        try handle.write(contentsOf: [UInt8](repeating: 0xA5, count: 16_384))
        try handle.close()
        try tool.fails("collection list", status: 65, saying: tool.store)
        try tool.fails("search things --id 1", status: 65, saying: tool.store)
    }
}
