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

    /// The sections of an index file that are not empty; between them lies padding that none reads.
    private func sections(_ file: [UInt8]) -> [(offset: Int, length: Int)] {
        func integer(_ offset: Int, _ size: Int) -> Int {
            (0..<size).reduce(0) { $0 | Int(file[offset + $1]) << (8 * $1) }
        }
        return (0..<integer(12, 4))
            .map { (integer(136 + 32 * $0, 8), integer(144 + 32 * $0, 8)) }
            .filter { $0.length > 0 }
    }

    @Test(arguments: ["flat", "matrix", "hnsw"])
    func aDamagedIndexIsSetAsideAndTheAnswerIsExact(_ kind: String) throws {
        let tool = try filledTool()
        let index = try tool.json("index build things --kind \(kind)")
        var file = try #require(index["path"]?.stringValue)
        #expect(file.hasPrefix("\(tool.store)/indexes/"))
        let bytes = try Array(Data(contentsOf: URL(fileURLWithPath: file)))
        let truth = nearestRows(to: Self.data[5], in: Self.data, k: 10, leavingOut: 5)
        let parts = sections(bytes)
        #expect(parts.count >= 2)
        // The magic number, the environment, and the first, middle and last byte of every section.
        let places =
            [3, 50] + parts.flatMap { [$0, $0 + $1 / 2, $0 + $1 - 1] }
        for offset in places {
            let built = try tool.json("index build things --kind \(kind)")
            file = try #require(built["path"]?.stringValue)
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
        try tool.run("index build things --kind \(kind)")
        #expect(try tool.json("search things --id 5 --kind \(kind)")["kind"]?.stringValue == kind)
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

    @Test func aStoreThatClaimsToBeEmptyIsRefused() throws {
        let tool = try filledTool()
        // Afterwards the first meta page is the empty one of a new file, with transaction 0.
        try tool.run("compact")
        try damage("\(tool.store)/data.mdb", at: 144)
        try tool.fails("collection list", status: 65, saying: "damaged")
        let file = tool.folder.path("base.npy")
        try tool.fails("ingest vectors \(file) -c things --vector v", status: 65, saying: "damaged")
    }
}
