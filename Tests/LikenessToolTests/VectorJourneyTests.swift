import Foundation
import IndexCatalog
import IndexDefinitions
import JSON
import TestSupport
import Testing
import VectorCore

/// Vectors go in, are indexed, searched, compared and come out again.
@Suite struct VectorJourneyTests {
    static let data = clusteredVectors(1500, dimension: 24)

    /// A tool whose store holds `data` as `things/v`.
    private func filledTool() throws -> Tool {
        let tool = try Tool()
        let file = try tool.folder.write("base.npy", npy(Self.data))
        try tool.run("ingest vectors \(file) -c things --vector v")
        return tool
    }

    @Test func everyFileKindGoesInOnce() throws {
        let tool = try Tool()
        let some = Array(Self.data.prefix(300))
        let files = [
            try tool.folder.write("a.npy", npy(some)),
            try tool.folder.write("b.fvecs", fvecs(some)),
            try tool.folder.write(
                "c.npy", npy((UInt8(0)..<50).map { Array(repeating: $0, count: 6) })),
        ]
        let expected: [(count: Int64, type: String)] = [(300, "f32"), (300, "f32"), (50, "u8")]
        for (i, file) in files.enumerated() {
            let command = "ingest vectors \(file) -c c\(i) --vector v --metric l1"
            let first = try tool.json(command)
            #expect(first["added"]?.integerValue == expected[i].count)
            #expect(first["element_type"]?.stringValue == expected[i].type)
            let again = try tool.json(command)
            #expect(again["added"]?.integerValue == 0)
            #expect(again["present"]?.integerValue == expected[i].count)
            let shown = try tool.json("collection show c\(i)")
            #expect(shown["point_count"]?.integerValue == expected[i].count)
            #expect(shown["fields"]?[0]?["metric"]?.stringValue == "l1")
            #expect(shown["fields"]?[0]?["count"]?.integerValue == expected[i].count)
        }
        let list = try tool.json("collection list")["collections"]?.arrayValue
        #expect(list?.compactMap { $0["name"]?.stringValue } == ["c0", "c1", "c2"])
    }

    @Test func rowsAreCountedFromTheFirstID() throws {
        let tool = try Tool()
        let file = try tool.folder.write("a.npy", npy(Array(Self.data.prefix(3))))
        try tool.run("ingest vectors \(file) -c c --vector v --first-id 100")
        #expect(try tool.json("point get c 102")["id"] == 102)
        try tool.fails("point get c 0", status: 1, saying: "0")
    }

    @Test func everyKindIsBuiltListedAndVerified() throws {
        let tool = try filledTool()
        let kinds = IndexCatalog.kinds
        for kind in kinds {
            let built = try tool.json("index build things --kind \(kind)")
            #expect(built["kind"]?.stringValue == kind.rawValue)
            #expect(built["count"]?.integerValue == 1500)
            #expect(built["changes_since"] == 0)
            let path = try #require(built["path"]?.stringValue)
            let length = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64
            #expect(built["file_bytes"]?.integerValue == length)
        }
        let listed = try tool.json("index list things")["indexes"]?.arrayValue
        #expect(
            Set(listed?.compactMap { $0["kind"]?.stringValue } ?? [])
                == Set(kinds.map(\.rawValue)))
        let verified = try tool.json("index verify")
        #expect(verified["sound"]?.integerValue == Int64(kinds.count))
        #expect(verified["damaged"] == 0)
        let again = try tool.run("index build things --kind matrix")
        #expect(again.errors.contains("MiB") || again.errors.contains("KiB"))
        #expect(try tool.json("index list")["indexes"]?.arrayValue?.count == kinds.count)
    }

    @Test func everyKindFindsTheNearest() throws {
        let tool = try filledTool()
        for kind in ["flat", "matrix", "hnsw"] { try tool.run("index build things --kind \(kind)") }
        let queries = clusteredVectors(20, dimension: 24, seed: 9)
        let file = try tool.folder.write("queries.fvecs", fvecs(queries))
        let truth = queries.map { nearestRows(to: $0, in: Self.data, k: 10) }
        for mode in ["--exact", "--kind flat", "--kind hnsw --ef-search 400"] {
            let response = try tool.json("search things --vector-file \(file) \(mode)")
            let answers = try #require(response["answers"]?.arrayValue)
            // An exact answer may come from the flat index, which is exact too.
            let kind = mode == "--exact" ? "flat" : String(mode.split(separator: " ")[1])
            #expect(response["kind"]?.stringValue == kind)
            #expect(answers.count == queries.count)
            #expect(answers.map(ids) == truth, "\(mode)")
        }
        let byID = nearestRows(to: Self.data[7], in: Self.data, k: 5, leavingOut: 7)
        for mode in ["--exact", "--kind flat", "--kind matrix", "--kind hnsw --ef-search 400", ""] {
            let response = try tool.json("search things --id 7 -k 5 \(mode)")
            #expect(response["answers"]?.arrayValue.map { $0.map(ids) } == [byID], "\(mode)")
            let hits = try #require(response["answers"]?[0]?["hits"]?.arrayValue)
            #expect(hits.map { $0["rank"]?.integerValue } == [1, 2, 3, 4, 5])
            let distances = hits.compactMap { $0["distance"]?.doubleValue }
            #expect(distances == distances.sorted())
            let squares = zip(Self.data[7], Self.data[byID[0]]).map { pow(Double($0 - $1), 2) }
            #expect(abs(distances[0] - squares.reduce(0, +).squareRoot()) < 1e-3)
        }
        let all = try tool.json("search things --id 7 -k 5000 --exact")
        #expect(all["answers"]?[0]?["hits"]?.arrayValue?.count == 1499)
    }

    @Test func aRecallIsReached() throws {
        let tool = try filledTool()
        // Of the index, which finds them more easily than those that its setting was measured with.
        let queries = stride(from: 0, to: 1500, by: 3).map { Self.data[$0] }
        let file = try tool.folder.write("queries.fvecs", fvecs(queries))
        let truth = queries.map { nearestRows(to: $0, in: Self.data, k: 10) }
        func recall(_ options: String, by kind: String) throws -> Double {
            let response = try tool.json("search things --vector-file \(file) \(options)")
            #expect(response["kind"]?.stringValue == kind, "\(options)")
            let answers = try #require(response["answers"]?.arrayValue).map(ids)
            let hits = zip(answers, truth).map { Set($0).intersection($1).count }
            return Double(hits.reduce(0, +)) / Double(10 * truth.count)
        }
        #expect(try recall("--recall 0.5", by: "exact") == 1)
        try tool.run("index build things --kind hnsw --m 3 --ef-construction 8")
        let few = try recall("--recall 0.3", by: "hnsw")
        #expect(try recall("--ef-search 10", by: "hnsw") <= few)
        #expect(try recall("--ef-search 12", by: "hnsw") >= few)
        let most = try recall("--recall 0.98 --kind hnsw", by: "hnsw")
        #expect(most > few && most > 0.95, "\(few), \(most)")
        #expect(try recall("--recall 1", by: "hnsw") >= most)
    }

    @Test func comparisonsTellRecall() throws {
        let tool = try filledTool()
        let plot = tool.folder.path("plot.svg")
        let report = try tool.json("compare things --queries 50 -k 5 --threads 1 --plot \(plot)")
        let kinds = try #require(report["kinds"]?.arrayValue)
        let names = IndexCatalog.exactFirst
        let exact = try names.map { try IndexCatalog.definition(of: $0).isExact }
        #expect(kinds.compactMap { $0["kind"]?.stringValue } == names.map(\.rawValue))
        #expect(report["query_count"] == 50)
        #expect(report["leaves_itself_out"] == true)
        for (kind, isExact) in zip(kinds, exact) {
            let settings = try #require(kind["settings"]?.arrayValue)
            #expect(!settings.isEmpty)
            for setting in settings {
                let recall = try #require(setting["recall"]?.doubleValue)
                #expect((0...1).contains(recall))
                if isExact { #expect(recall == 1) }
                #expect((setting["queries_per_second"]?.doubleValue ?? 0) > 0)
                let latencies = ["p50", "p95", "p99"].compactMap {
                    setting["\($0)_microseconds"]?.doubleValue
                }
                #expect(latencies.count == 3 && latencies == latencies.sorted())
            }
        }
        #expect(kinds.allSatisfy { $0["queries_seen"]?.boolValue == false })
        #expect(kinds.map { $0["count"]?.integerValue } == exact.map { $0 ? 1500 : 1450 })
        let best = kinds.last?["settings"]?.arrayValue?.compactMap { $0["recall"]?.doubleValue }
        #expect((best?.max() ?? 0) > 0.95)
        #expect(try String(contentsOfFile: plot, encoding: .utf8).contains("<svg"))
        let file = try tool.folder.write("q.npy", npy(clusteredVectors(9, dimension: 24, seed: 5)))
        let held = try tool.json("compare things --queries \(file) --kinds flat")
        #expect(held["query_count"] == 9)
        #expect(held["leaves_itself_out"] == false)
    }

    @Test func aPublishedGraphHasSeenTheQueriesThatItHolds() throws {
        let tool = try filledTool()
        try tool.run("index build things --kind hnsw")
        let file = try tool.folder.write("q.npy", npy(clusteredVectors(40, dimension: 24, seed: 5)))
        let seen = try tool.json("compare things --queries 50 --kinds hnsw")["kinds"]?[0]
        #expect(seen?["queries_seen"] == true)
        #expect((0...1).contains(seen?["settings"]?[0]?["unseen_recall"]?.doubleValue ?? -1))
        let new = try tool.json("compare things --queries \(file) --kinds hnsw")["kinds"]?[0]
        #expect(new?["queries_seen"] == false)
        #expect(new?["settings"]?[0]?["unseen_recall"]?.doubleValue == nil)
        let text = try tool.run("compare things --queries 50 --kinds hnsw").output
        for word in ["which hnsw holds*", "unseen", "* hnsw: ", "--queries FILE"] {
            #expect(text.contains(word), "\(text)")
        }
        #expect(
            !(try tool.run("compare things --queries \(file) --kinds hnsw").output.contains("*")))
    }

    @Test func anIndexIsTunedWithQueries() throws {
        let tool = try filledTool()
        let file = try tool.folder.write("q.npy", npy(clusteredVectors(40, dimension: 24, seed: 5)))
        try tool.fails("index tune things --queries \(file)", status: 1, saying: "index build")
        let built = try tool.json("index build things --kind hnsw --no-measure-recall")
        #expect(built["measuring_seconds"] == 0.0)
        #expect(built["operating_points"]?.objectValue == nil)
        #expect(!(try tool.run("index list").output.contains("recall@10")))
        let tuned = try tool.json("index tune things --queries \(file) --threads 1")
        #expect((tuned["tuning_seconds"]?.doubleValue ?? 0) > 0)
        let points = try #require(tuned["operating_points"])
        #expect(points["source"]?.stringValue == "queries")
        #expect(points["query_count"] == 40 && points["vector_count"] == 1500)
        #expect(try tool.json("index list")["indexes"]?[0]?["operating_points"] == points)
        try tool.run("search things --vector-file \(file) --kind hnsw --recall 0.9")
        let text = try tool.run("index tune things --queries \(file)").output
        for word in [
            "40 queries of yours", "recall@1 ", "recall@10", "recall@100", " ± ", "efSearch",
        ] {
            #expect(text.contains(word), "\(text)")
        }
        #expect(try tool.run("index list").output.contains("recall@10 0.9 from efSearch"))
        #expect(try tool.run("index list --operating-points").output.contains("recall@100"))
        #expect(try tool.json("index verify")["sound"] == 1)
        #expect(
            try tool.run("index build things --kind hnsw").output.contains("recall measured in"))
        #expect(try tool.run("index list").output.contains("150 vectors held out of the build"))

        let short = try tool.folder.write("short.npy", npy([[Float(1), 2]]))
        try tool.fails("index tune things --queries \(short)", status: 65, saying: "24")
        try tool.fails(
            "index tune things --queries \(file) --kind flat", status: 64, saying: "exact")
        try tool.fails(
            "index build things --kind flat --no-measure-recall", status: 64,
            saying: "--no-measure-recall")
    }

    @Test func exportGivesBackWhatCameIn() throws {
        let tool = try filledTool()
        let out = tool.folder.path("out.npy")
        #expect(try tool.json("export things --vector v \(out)")["count"] == 1500)
        let bytes = try Array(Data(contentsOf: URL(fileURLWithPath: out)))
        #expect(vectors(npy: bytes) == Self.data)
    }

    @Test func deletionIsRehearsedAndDone() throws {
        let tool = try filledTool()
        try tool.run("index build things --kind flat")
        try tool.run("index build things --kind hnsw")
        let nearest = nearestRows(to: Self.data[0], in: Self.data, k: 2, leavingOut: 0)

        #expect(try tool.json("point delete things \(nearest[0]) --dry-run")["deleted"] == false)
        #expect(try tool.json("point count things")["count"] == 1500)
        #expect(try tool.json("point delete things \(nearest[0])")["deleted"] == true)
        #expect(try tool.json("point count things")["count"] == 1499)
        for mode in ["--exact", "--kind flat", "--kind hnsw --ef-search 400"] {
            let response = try tool.json("search things --id 0 -k 1 \(mode)")
            #expect(
                response["answers"]?.arrayValue.map { $0.map(ids) } == [[nearest[1]]], "\(mode)")
        }

        try tool.run("index delete things --kind flat --dry-run")
        #expect(try tool.json("index list")["indexes"]?.arrayValue?.count == 2)
        let gone = try tool.json("index delete things --kind flat")
        #expect(gone["indexes"]?.arrayValue?.compactMap { $0["kind"]?.stringValue } == ["flat"])
        #expect(try tool.json("index list")["indexes"]?.arrayValue?.count == 1)
        try tool.fails("index delete things --kind flat", status: 1, saying: "things")

        try tool.run("collection delete things --dry-run")
        #expect(try tool.json("collection list")["collections"]?.arrayValue?.count == 1)
        try tool.run("collection delete things")
        #expect(try tool.json("collection list")["collections"]?.arrayValue?.count == 0)
        try tool.fails("collection show things", status: 1, saying: "things")
        #expect(try tool.json("index list")["indexes"]?.arrayValue?.isEmpty == true)
    }

    @Test func peopleGetTables() throws {
        let tool = try filledTool()
        try tool.run("index build things --kind flat")
        for (command, words) in [
            ("collection list", ["things", "1,500"]),
            ("collection show things", ["24", "f32", "l2"]),
            ("point get things 3", ["v (24 numbers)"]),
            ("point count things", ["1500"]),
            ("index list", ["flat", "1,500"]),
            ("index verify", ["sound", "0 damaged"]),
            ("search things --id 3 -k 3", ["rank", "distance", "to search"]),
            ("compare things --queries 5 --kinds flat", ["recall@10", "1.0000", "GFLOP/s"]),
        ] {
            let result = try tool.run(command)
            for word in words { #expect(result.output.contains(word), "\(result.output)") }
            #expect(!result.output.contains("\u{1B}"))
        }
    }

    private func ids(_ answer: JSONValue) -> [Int] {
        (answer["hits"]?.arrayValue ?? []).compactMap { $0["id"]?.integerValue.map(Int.init) }
    }
}
