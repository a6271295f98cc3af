import Foundation
import JSON
import TestSupport
import Testing

/// What the tool says about a folder that changes, and what it does not leave behind.
@Suite(.enabled(if: ImageFixtures.arePresent, "\(ImageFixtures.skipReason)"))
struct LivingFolderToolTests {
    /// An early layer, which is computed in a moment.
    private static let layer = "--layer stem_conv --pooling avg"

    @Test func aRehearsalTellsAllAndDoesNothing() throws {
        let tool = try Tool()
        let pictures = tool.folder.path("pictures")
        try ImageFixtures.fill(pictures, each: 3)
        let ingest = "ingest images \(pictures) -c c \(Self.layer)"
        let planned = try tool.json("\(ingest) --dry-run")
        #expect(planned["dry_run"] == true && planned["added"] == 9)
        #expect(try tool.folder.names == ["pictures"])
        let done = try tool.json(ingest)
        #expect(done["dry_run"] == false && done["added"] == 9)
        for name in ["images", "field_count", "numbers_per_image", "store_bytes"] {
            #expect(done["announced"]?[name] == planned["announced"]?[name], "\(name)")
        }
        let result = try tool.run("ingest images \(pictures) -c d \(Self.layer)")
        #expect(result.errors.contains("9 images to extract, 1 field"))
    }

    @Test func theAnnouncedGrowthIsTheGrowth() throws {
        let tool = try Tool()
        let pictures = tool.folder.path("pictures")
        try ImageFixtures.fill(pictures, each: 8)
        // Many fields, short and long, so that the pages that are shared and those that are not count.
        let report = try tool.json("ingest images \(pictures) -c c --layers all --pooling avg")
        let announced = try #require(report["announced"]?["store_bytes"]?.doubleValue)
        let size = try FileManager.default.attributesOfItem(atPath: tool.store + "/data.mdb")[.size]
        let bytes = Double(try #require(size as? Int))
        #expect(abs(announced / bytes - 1) < 0.25, "\(announced) of \(bytes)")
    }

    @Test func whatTheDiskHasNoRoomForIsRefused() throws {
        let tool = try Tool()
        let pictures = tool.folder.path("pictures")
        try ImageFixtures.fill(pictures, each: 1)
        let ingest = "ingest images \(pictures) -c c --layers all --pooling flatten"
        let one = try tool.json("\(ingest) --dry-run")["announced"]
        let free = try #require(one?["free_disk_bytes"]?.integerValue)
        let each = try #require(one?["store_bytes"]?.integerValue) / 3
        let wanted = Int(free / each) * 5 / 4 + 3
        guard wanted < 20_000 else {
            print("skipped: the disk has room for too many images to fill it with links")
            return
        }
        let file = try #require(
            FileManager.default.subpaths(atPath: pictures)?.first { $0.contains(".") })
        for copy in 0..<wanted {
            try FileManager.default.linkItem(
                atPath: "\(pictures)/\(file)", toPath: "\(pictures)/\(copy).png")
        }
        let result = try tool.run(ingest, status: 74)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("--pooling avg") && result.errors.contains("fewer layers"))
        #expect(try tool.json("collection list")["collections"]?.arrayValue?.isEmpty == true)
    }

    @Test func progressComesAsAsked() throws {
        let tool = try Tool()
        let pictures = tool.folder.path("pictures")
        try ImageFixtures.fill(pictures, each: 3)
        let ingest = "ingest images \(pictures) \(Self.layer)"
        let objects = try tool.run("\(ingest) -c a --progress json").errors.split(separator: "\n")
            .filter { $0.hasPrefix("{") }.map { try JSONValue(parsing: String($0)) }
        let last = try #require(objects.last)
        #expect(last["done"] == 9 && last["total"] == 9 && last["seconds_left"] == 0.0)
        #expect(last["rate"]?.doubleValue ?? 0 > 0 && last["seconds"]?.doubleValue ?? 0 > 0)
        let lines = try tool.run("\(ingest) -c b --progress plain").errors
        #expect(lines.contains("100 %") && lines.contains("9 of 9 images"))
        #expect(!lines.contains("\r"))
        let none = try tool.run("\(ingest) -c c --progress none").errors
        #expect(!none.contains("%"))
        try tool.fails("\(ingest) -c d --progress loud", status: 64, saying: "plain")
    }

    @Test func pruningIsRehearsedAndDone() throws {
        let tool = try Tool()
        let pictures = tool.folder.path("pictures")
        try ImageFixtures.fill(pictures, each: 2)
        let ingest = "ingest images \(pictures) -c c \(Self.layer)"
        try tool.run(ingest)
        let category = "\(pictures)/\(ImageFixtures.categories[0].name)"
        try FileManager.default.removeItem(atPath: category)
        #expect(try tool.run(ingest).output.contains("2 points left whose files are gone"))
        #expect(try tool.json("\(ingest) --prune --dry-run")["pruned"] == 2)
        #expect(try tool.json("point count c")["count"] == 6)
        #expect(try tool.json("\(ingest) --prune")["pruned"] == 2)
        #expect(try tool.json("point count c")["count"] == 4)
        try FileManager.default.removeItem(atPath: pictures)
        try tool.fails("\(ingest) --prune", status: 74, saying: "There is no folder")
        try FileManager.default.createDirectory(
            atPath: pictures, withIntermediateDirectories: false)
        try tool.fails("\(ingest) --prune", status: 65, saying: "--allow-empty")
        #expect(try tool.json("point count c")["count"] == 4)
        try tool.fails("\(ingest) --allow-empty", status: 64, saying: "--prune")
    }
}

/// Several collections are scored side by side.
@Suite struct EvaluationGridTests {
    @Test func collectionsAreColumnsAndFieldsRows() throws {
        let tool = try Tool()
        for collection in ["one", "two"] {
            for field in ["a", "b"] where collection == "one" || field == "a" {
                let file = try tool.folder.write(
                    "\(collection)\(field).npy", npy(clusteredVectors(20, dimension: 4)))
                try tool.run(
                    "ingest vectors \(file) -c \(collection) --vector net/\(field).avg")
            }
        }
        // Vectors alone have no labels, so that there is nothing to score.
        try tool.fails("evaluate one two", status: 64, saying: "label")
        try tool.fails("evaluate one one", status: 64, saying: "twice")
        try tool.fails("evaluate", status: 64, saying: "collections")
    }

    @Test(.enabled(if: ImageFixtures.arePresent, "\(ImageFixtures.skipReason)"))
    func layersAreInTheOrderOfTheNetwork() throws {
        let tool = try Tool()
        let pictures = tool.folder.path("pictures")
        try ImageFixtures.fill(pictures, each: 4)
        try tool.run("ingest images \(pictures) -c first --layers 9 --pooling avg --pooling max")
        try tool.run("ingest images \(pictures) -c second --layers 2 --pooling avg")
        let plot = tool.folder.path("layers.svg")
        let text = try tool.run("evaluate first second -k 3 --plot \(plot)").output
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines[1].contains("first") && lines[1].contains("second"))
        let layers =
            try tool.json("models list")["models"]?.arrayValue?.first {
                lines[3].hasPrefix($0["name"]?.stringValue ?? "-")
            }?["layers"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
        let shown = lines[3...].compactMap { line in
            line.split(separator: " ").first { $0.hasSuffix(".avg") }.map { $0.dropLast(4) }
        }
        #expect(shown.count == 9)
        let places = shown.compactMap { layers.firstIndex(of: String($0)) }
        #expect(places.count == 9 && places == places.sorted())
        #expect(text.contains("*"))
        let svg = try String(contentsOfFile: plot, encoding: .utf8)
        #expect(shown.allSatisfy { svg.contains($0) })
        let report = try tool.json("evaluate first second -k 3")
        #expect(report["evaluations"]?.arrayValue?.map { $0["collection"] } == ["first", "second"])
        #expect(report["evaluations"]?[0]?["fields"]?.arrayValue?.count == 18)
        #expect(report["evaluations"]?[1]?["fields"]?.arrayValue?.count == 2)
        // Many fields of one collection are shown by layer, too.
        #expect(try tool.run("evaluate first -k 3").output.contains("the best of its column"))
    }
}

/// Ingests that cannot begin leave no store behind.
@Suite struct NoStoreLeftTests {
    @Test func whatIsMissingMakesNoStore() throws {
        let tool = try Tool()
        let missing = tool.folder.path("missing")
        try tool.fails("ingest images \(missing) -c c", status: 74, saying: missing)
        try tool.fails("ingest vectors \(missing).npy -c c --vector v", status: 74, saying: missing)
        let spoiled = try tool.folder.write("nan.npy", npy([[1, 2], [.nan, 4]] as [[Float]]))
        try tool.fails("ingest vectors \(spoiled) -c c --vector v", status: 65, saying: "1")
        #expect(try tool.folder.names == ["nan.npy"])
    }

    @Test func anotherMetricOfAFieldIsNotPassedOver() throws {
        let tool = try Tool()
        let file = try tool.folder.write("v.npy", npy([[1, 2], [3, 4]] as [[Float]]))
        try tool.run("ingest vectors \(file) -c c --vector v")
        try tool.fails(
            "ingest vectors \(file) -c c --vector v --metric l1", status: 64, saying: "l2")
        try tool.run("ingest vectors \(file) -c c --vector v --metric l2")
    }
}
