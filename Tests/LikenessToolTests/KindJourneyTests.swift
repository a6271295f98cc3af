import Foundation
import IndexCatalog
import IndexDefinitions
import JSON
import TestSupport
import Testing
import VectorCore

/// Every kind that the catalogue has, as the tool builds, searches, changes and compares it.
@Suite struct KindJourneyTests {
    // So many numbers that kinds which shorten vectors do.
    private static let drawn = clusteredVectors(1212, dimension: 144)
    private static let data = Array(drawn.prefix(1200))
    /// Like the vectors, and not among them.
    private static let queries = Array(drawn.suffix(12))

    /// A tool whose store holds the first 1,000 vectors as `things/v`, with a number from 0 to 9 each.
    private func filledTool() throws -> Tool {
        let tool = try Tool()
        let file = try tool.folder.write("base.npy", npy(Array(Self.data.prefix(1000))))
        let lines = (0..<1000).map { "{\"n\":\($0 % 10)}\n" }.joined()
        let payloads = try tool.folder.write("base.jsonl", Array(lines.utf8))
        try tool.run("ingest vectors \(file) -c things --vector v --payloads \(payloads)")
        _ = try tool.folder.write("queries.npy", npy(Self.queries))
        return tool
    }

    /// The ids that were found for each query.
    private func found(_ tool: Tool, _ options: String, k: Int = 10) throws -> [[Int]] {
        let file = tool.folder.path("queries.npy")
        let response = try tool.json("search things --vector-file \(file) -k \(k) \(options)")
        return (response["answers"]?.arrayValue ?? []).map { answer in
            (answer["hits"]?.arrayValue ?? []).compactMap { $0["id"]?.integerValue.map(Int.init) }
        }
    }

    /// The share of the true neighbours, among vectors that may be found, which answers have.
    private func recall(
        _ answers: [[Int]], in data: [[Float]], where isAllowed: (Int) -> Bool = { _ in true }
    ) -> Double {
        let allowed = data.indices.filter(isAllowed)
        let some = allowed.map { data[$0] }
        let hits = zip(Self.queries, answers).map { query, answer in
            Set(nearestRows(to: query, in: some, k: 10).map { allowed[$0] })
                .intersection(answer).count
        }
        return Double(hits.reduce(0, +)) / Double(10 * Self.queries.count)
    }

    @Test(arguments: IndexCatalog.kinds)
    func aKindIsBuiltSearchedAndChanged(kind: IndexKind) throws {
        let definition = try IndexCatalog.definition(of: kind)
        let floor = definition.isExact ? 1 : 0.9
        let tool = try filledTool()
        var now = Array(Self.data.prefix(1000))
        let built = try tool.json("index build things --kind \(kind)")
        #expect(built["kind"]?.stringValue == kind.rawValue && built["count"] == 1000)
        let answers = try found(tool, "--kind \(kind)")
        #expect(recall(answers, in: now) >= floor)
        // Each run opens the index anew.
        #expect(try found(tool, "--kind \(kind)") == answers)
        if let setting = definition.setting {
            let flag = KindFlag.name(setting.name)
            #expect(
                recall(try found(tool, "--kind \(kind) --\(flag) 1000"), in: now) > 0.999)
            try tool.fails(
                "search things --id 1 --kind \(kind) --\(flag) 0", status: 64, saying: flag)
        }

        let filter = #"{"must":[{"key":"n","match":{"value":3}}]}"#
        let filtered = try found(tool, "--kind \(kind) --filter \(filter)")
        #expect(filtered.allSatisfy { $0.count == 10 && $0.allSatisfy { $0 % 10 == 3 } })
        #expect(recall(filtered, in: now) { $0 % 10 == 3 } >= floor)
        let all = try found(tool, "--kind \(kind) --filter \(filter)", k: 500)
        #expect(all.allSatisfy { Set($0) == Set(stride(from: 3, to: 1000, by: 10)) })

        let query = Self.queries[0]
        let distances = now.map { vector in
            zip(query, vector).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }.squareRoot()
        }
        let within = distances.sorted()[30] + 1e-4
        let near = try found(tool, "--kind \(kind) --within \(within)", k: 1000)
        #expect(Set(near[0]) == Set(distances.indices.filter { distances[$0] <= within }))

        try change(tool, kind, &now)
        #expect(
            recall(try found(tool, "--kind \(kind)"), in: now) { $0 >= 20 } >= floor)
        #expect(try tool.json("index verify")["sound"] == 1)
        try tool.run("index build things --kind \(kind)")
        #expect(
            recall(try found(tool, "--kind \(kind)"), in: now) { $0 >= 20 } >= floor)
    }

    /// Adds 200 vectors, replaces 5 by queries and deletes the first 20, while others search.
    private func change(_ tool: Tool, _ kind: IndexKind, _ now: inout [[Float]]) throws {
        let searcher = Thread {
            for _ in 0..<4 {
                let answers = try? found(tool, "--kind \(kind)")
                #expect(answers?.allSatisfy { Set($0).count == 10 } == true)
            }
        }
        searcher.start()
        let added = try tool.folder.write("added.npy", npy(Array(Self.data.suffix(200))))
        try tool.run("ingest vectors \(added) -c things --vector v --first-id 1000")
        now += Self.data.suffix(200)
        let other = Array(Self.queries.prefix(5))
        let replaced = try tool.folder.write("replaced.npy", npy(other))
        try tool.run("ingest vectors \(replaced) -c things --vector v --first-id 500")
        now.replaceSubrange(500..<505, with: other)
        for id in 0..<20 { try tool.run("point delete things \(id)") }
        while !searcher.isFinished { usleep(1000) }
        let first = try found(tool, "--kind \(kind)", k: 1)
        #expect(first.prefix(5) == [[500], [501], [502], [503], [504]])
    }

    @Test(arguments: IndexCatalog.kinds)
    func aKindIsCompared(kind: IndexKind) throws {
        let tool = try filledTool()
        let file = tool.folder.path("queries.npy")
        let report = try tool.json("compare things --kinds \(kind) --queries \(file) --threads 1")
        let settings = try #require(report["kinds"]?[0]?["settings"]?.arrayValue)
        let definition = try IndexCatalog.definition(of: kind)
        // Settings beyond those that find all are left out.
        #expect((1...max(1, definition.sweep(k: 10).count)).contains(settings.count))
        let recalls = settings.compactMap { $0["recall"]?.doubleValue }
        #expect((recalls.max() ?? 0) >= (definition.isExact ? 1 : 0.95))
        for (setting, value) in zip(settings, definition.sweep(k: 10)) {
            #expect(
                setting["setting"]?.stringValue == "\(definition.setting?.name ?? "") \(value)")
        }
    }

    @Test(arguments: IndexCatalog.kinds)
    func parametersAreAsTheTableSays(kind: IndexKind) throws {
        let tool = try Tool()
        let definition = try IndexCatalog.definition(of: kind)
        let help = try tool.run("index build --help").output
        for parameter in definition.parameters {
            let flag = KindFlag.name(parameter.name)
            #expect(help.contains("--\(flag)"))
            var wrong: [String]
            switch parameter.form {
            case .number(let range):
                wrong = ["many", "1.5"]
                if range.upperBound < .max { wrong.append("\(range.upperBound + 1)") }
                if range.lowerBound > 0 { wrong.append("\(range.lowerBound - 1)") }
            case .bytes: wrong = ["lots"]
            case .choice: wrong = ["nothing"]
            case .flag: continue
            }
            for value in wrong {
                try tool.fails(
                    "index build things --kind \(kind) --\(flag) \(value)", status: 64, saying: flag
                )
            }
            for other in IndexCatalog.definitions
            where !other.parameters.contains(where: { $0.name == parameter.name }) {
                try tool.fails(
                    "index build things --kind \(other.kind) --\(flag) 1", status: 64,
                    saying: "--\(flag) is an option of --kind")
            }
        }
        #expect(try tool.folder.names.isEmpty)
    }
}

/// How the tool writes the name of a parameter or a setting.
private enum KindFlag {
    static func name(_ name: String) -> String {
        name.map { $0.isUppercase ? "-\($0.lowercased())" : "\($0)" }.joined()
    }
}
