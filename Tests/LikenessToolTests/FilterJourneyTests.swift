import Foundation
import IndexCatalog
import JSON
import TestSupport
import Testing

/// Payloads go in beside vectors, are indexed, and searches keep to what filters and bounds say.
@Suite struct FilterJourneyTests {
    private static let data = clusteredVectors(300, dimension: 8)

    private static func payload(_ row: Int) -> JSONValue {
        [
            "label": .string(["cat", "dog", "bird"][row % 3]),
            "size": .integer(Int64(row % 10)),
            "tags": .array((0..<row % 3).map { .string("t\($0)") }),
        ]
    }

    private func filledTool() throws -> Tool {
        let tool = try Tool()
        let file = try tool.folder.write("base.npy", npy(Self.data))
        let lines = (0..<300).map { "\(Self.payload($0))\n" }.joined()
        let payloads = try tool.folder.write("base.jsonl", Array(lines.utf8))
        let report = try tool.json(
            "ingest vectors \(file) -c things --vector v --payloads \(payloads)")
        #expect(report["added"] == 300)
        return tool
    }

    @Test func payloadsGoInWithTheirVectors() throws {
        let tool = try filledTool()
        #expect(try tool.json("point get things 17")["payload"] == Self.payload(17))
        let file = tool.folder.path("base.npy")
        let again = try tool.json(
            "ingest vectors \(file) -c things --vector v --payloads \(tool.folder.path("base.jsonl"))"
        )
        #expect(again["added"] == 0)
        // Another payload is written, and without payloads they are left.
        let lines = (0..<300).map { $0 == 17 ? "{\"label\":\"fish\"}\n" : "\(Self.payload($0))\n" }
        let changed = try tool.folder.write("changed.jsonl", Array(lines.joined().utf8))
        let command = "ingest vectors \(file) -c things --vector v"
        #expect(try tool.json("\(command) --payloads \(changed)")["added"] == 1)
        #expect(try tool.json(command)["added"] == 0)
        #expect(try tool.json("point get things 17")["payload"] == ["label": "fish"])
        for (name, text, word) in [
            ("short.jsonl", "{}\n", "1 lines"),
            ("list.jsonl", String(repeating: "{}\n", count: 299) + "[]", "Line 300"),
            ("cut.jsonl", String(repeating: "{}\n", count: 299) + "{", "Line 300"),
        ] {
            let wrong = try tool.folder.write(name, Array(text.utf8))
            try tool.fails("\(command) --payloads \(wrong)", status: 65, saying: word)
        }
        try tool.fails("\(command) --payloads nowhere", status: 74, saying: "nowhere")
    }

    @Test func everyKindKeepsToTheFilter() throws {
        let tool = try filledTool()
        let filter =
            #"{"must":[{"key":"label","match":{"any":["cat","dog"]}},{"key":"size","range":{"gte":4}}]}"#
        let file = try tool.folder.write("filter.json", Array(filter.utf8))
        let rows = (0..<300).filter { $0 % 3 != 2 && $0 % 10 >= 4 }
        let query = Self.data[7]
        let nearest = rows.filter { $0 != 7 }
            .sorted { distance(query, Self.data[$0]) < distance(query, Self.data[$1]) }
        func check(_ mode: String) throws {
            #expect(
                try tool.json("point count things --filter @\(file)")["count"]?.integerValue
                    == Int64(rows.count))
            for k in [5, 1000] {
                let response = try tool.json(
                    "search things --id 7 -k \(k) --filter @\(file) \(mode)")
                #expect(found(response) == Array(nearest.prefix(k)), "\(mode)")
            }
            let inline = try tool.json("search things --id 7 -k 5 --filter \(filter) \(mode)")
            #expect(found(inline) == Array(nearest.prefix(5)), "\(mode)")
        }
        try check("")
        let created = try tool.json("payload-index create things label --type keyword")
        #expect(created["entry_count"] == 300)
        #expect(created["complete"] == true)
        try tool.run("payload-index create things size --type integer")
        try tool.run("payload-index create things tags --type keyword")
        let list = try tool.json("payload-index list things")["payload_indexes"]?.arrayValue
        #expect(list?.compactMap { $0["key"]?.stringValue } == ["label", "size", "tags"])
        for kind in IndexCatalog.kinds {
            try tool.run("index build things --kind \(kind)")
            try check("--kind \(kind)")
        }
        #expect(try tool.json("verify")["faults"] == [])
        try tool.fails(
            "payload-index create things label --type float", status: 65, saying: "keyword")
        #expect(
            try tool.json("payload-index delete things size --dry-run")["deleted"] == false)
        #expect(try tool.json("payload-index delete things size")["deleted"] == true)
        try check("")
    }

    @Test func boundsPagesAndGroups() throws {
        let tool = try filledTool()
        let query = Self.data[3]
        let all = (0..<300).filter { $0 != 3 }
            .sorted { distance(query, Self.data[$0]) < distance(query, Self.data[$1]) }
        let bound = (distance(query, Self.data[all[39]]) + distance(query, Self.data[all[40]])) / 2
        let near = try tool.json("search things --id 3 --within \(bound)")
        #expect(found(near) == Array(all.prefix(40)))
        #expect(
            found(try tool.json("search things --id 3 --within \(bound) -k 4"))
                == Array(all.prefix(4)))
        #expect(found(try tool.json("search things --id 3 --offset 290")) == Array(all[290...]))
        let grouped = try tool.json("search things --id 3 -k 2 --group-by label --group-size 2")
        #expect(grouped["answers"]?[0]?["hits"] == [])
        let groups = grouped["answers"]?[0]?["groups"]?.arrayValue ?? []
        #expect(groups.count == 2)
        for group in groups {
            let label = group["value"]
            let rows = all.filter { Self.payload($0)["label"] == label }.prefix(2)
            let ids = (group["hits"]?.arrayValue ?? []).compactMap { $0["id"]?.integerValue }
            #expect(ids == rows.map { Int64($0) })
        }
        let text = try tool.run("search things --id 3 -k 2 --group-by label --group-size 2")
        #expect(text.output.contains("cat:") || text.output.contains("dog:"))
    }

    @Test func aFilterFileMustBeOne() throws {
        let tool = try filledTool()
        let file = try tool.folder.write("filter.json", Array(#"{"must": 3}"#.utf8))
        try tool.fails("search things --id 1 --filter @\(file)", status: 65, saying: file)
        try tool.fails("search things --id 1 --filter @nowhere.json", status: 74, saying: "nowhere")
    }

    private func distance(_ a: [Float], _ b: [Float]) -> Double {
        zip(a, b).reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) }.squareRoot()
    }

    private func found(_ response: JSONValue) -> [Int] {
        (response["answers"]?[0]?["hits"]?.arrayValue ?? [])
            .compactMap { $0["id"]?.integerValue.map { Int($0) } }
    }
}
