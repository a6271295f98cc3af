import Foundation
import JSON
import TestSupport
import Testing

/// Pictures go in, and their likes come out.
@Suite(.enabled(if: ImageFixtures.arePresent, "\(ImageFixtures.skipReason)"))
struct ImageJourneyTests {
    @Test func picturesFindThemselvesAndTheirKind() throws {
        let tool = try Tool()
        let pictures = tool.folder.path("pictures")
        try ImageFixtures.fill(pictures, each: 8)
        try Data("a note".utf8).write(to: URL(fileURLWithPath: "\(pictures)/note.txt"))

        let ingest = "ingest images \(pictures) -c pictures --pooling avg --pooling max"
        let report = try tool.json(ingest)
        #expect(report["added"] == 24)
        #expect(report["failures"]?.arrayValue?.isEmpty == true)
        #expect(report["not_images"] == 1)
        let fields = try #require(report["fields"]?.arrayValue).compactMap(\.stringValue)
        #expect(fields.count == 2)
        let again = try tool.run(ingest)
        #expect(again.output.contains("24 there already"))
        #expect(try tool.json(ingest)["present"] == 24)

        let shown = try tool.json("collection show pictures")
        #expect(shown["point_count"] == 24)
        #expect(shown["root"]?.stringValue?.hasSuffix("pictures") == true)
        let field = fields[0]
        try tool.run("index build pictures --vector \(field) --kind hnsw")

        let name = ImageFixtures.categories[1].name
        let path = try #require(
            try FileManager.default.contentsOfDirectory(atPath: "\(pictures)/\(name)").sorted()
                .first)
        let sheet = tool.folder.path("sheet.jpg")
        let response = try tool.json(
            """
            search pictures --vector \(field) --image \(pictures)/\(name)/\(path) -k 6 \
            --contact-sheet \(sheet)
            """)
        let best = response["answers"]?[0]?["hits"]?[0]
        #expect(best?["payload"]?["path"]?.stringValue == "\(name)/\(path)")
        #expect(best?["payload"]?["label"]?.stringValue == name)
        #expect(abs(best?["distance"]?.doubleValue ?? 1) < 1e-3)
        #expect(response["contact_sheet"]?.stringValue == sheet)
        let picture = try Data(contentsOf: URL(fileURLWithPath: sheet))
        #expect(picture.starts(with: [0xFF, 0xD8]) && picture.suffix(2) == Data([0xFF, 0xD9]))
        // The sheet is a picture itself, so it can be searched for.
        try tool.run("search pictures --vector \(field) --image \(sheet)")

        let plot = tool.folder.path("scores.svg")
        let scores = try tool.json("evaluate pictures -k 5 --plot \(plot)")
        let evaluated = try #require(scores["fields"]?.arrayValue)
        #expect(evaluated.count == 2)
        #expect(scores["unlabelled"] == 0)
        for field in evaluated {
            #expect(field["labels"]?.arrayValue?.count == 3)
            #expect((0...100).contains(field["overall"]?["score"]?.doubleValue ?? -1))
            #expect(field["overall"]?["query_count"] == 24)
        }
        #expect(try String(contentsOfFile: plot, encoding: .utf8).contains("<svg"))
        let table = try tool.run("evaluate pictures -k 5 --metric cosine --metric l2")
        #expect(table.output.contains("#4"))
        try tool.fails(
            "search pictures --id \(best?["id"]?.description ?? "")", status: 64, saying: "--vector"
        )
    }

    @Test func labelsComeFromAFile() throws {
        let tool = try Tool()
        let pictures = tool.folder.path("pictures")
        try ImageFixtures.fill(pictures, each: 1)
        let names = try FileManager.default.subpathsOfDirectory(atPath: pictures)
            .filter { $0.contains(".") }.sorted()
        let rows = names.map { "\($0),\"number, \($0)\"" }.joined(separator: "\n")
        let labels = try tool.folder.write("labels.csv", Array("filename,label\n\(rows)\n".utf8))
        try tool.run("ingest images \(pictures) -c pictures --labels \(labels)")
        let first = try tool.json("collection show pictures")["fields"]?[0]?["name"]?.stringValue
        let response = try tool.json(
            "search pictures --vector \(first ?? "") --image \(pictures)/\(names[0]) -k 1")
        #expect(
            response["answers"]?[0]?["hits"]?[0]?["payload"]?["label"]?.stringValue
                == "number, \(names[0])")
    }

    @Test func aTruncatedPictureIsLeftOut() throws {
        let tool = try Tool()
        let pictures = tool.folder.path("pictures")
        try ImageFixtures.fill(pictures, each: 2)
        try tool.run("ingest images \(pictures) -c first")
        let picture =
            "\(pictures)/\(try FileManager.default.subpathsOfDirectory(atPath: pictures).filter { $0.contains(".") }.sorted()[0])"
        let whole = try Data(contentsOf: URL(fileURLWithPath: picture))
        try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: "\(pictures)/cut.jpg"))

        let result = try tool.run("ingest images \(pictures) -c second --json", status: 2)
        let report = try JSONValue(parsing: result.output)
        #expect(report["added"] == 6)
        #expect(report["failures"]?.arrayValue?.count == 1)
        #expect(report["failures"]?[0]?["path"] == "cut.jpg")
        #expect(result.errors.contains("likeness: warning: cut.jpg: "))
        #expect(try tool.json("point count second")["count"] == 6)
        try tool.fails("search first --image \(pictures)/cut.jpg", status: 65, saying: "cut.jpg")
    }

    @Test func modelsAreShown() throws {
        let tool = try Tool()
        let models = try #require(try tool.json("models list")["models"]?.arrayValue)
        let name = try #require(models.first?["name"]?.stringValue)
        let shown = try tool.json("models show \(name)")
        #expect(shown == models.first)
        let layers = shown["layers"]?.arrayValue ?? []
        #expect(layers.contains { $0["name"] == shown["default_layer"] })
        let text = try tool.run("models show \(name)").output
        #expect(text.contains("licence: ") && text.contains("operator"))
        try tool.fails("models show none", status: 1, saying: "none")
        let pictures = tool.folder.path("pictures")
        try ImageFixtures.fill(pictures, each: 1)
        try tool.fails(
            "ingest images \(pictures) -c c --model none", status: 1, saying: "none")
        try tool.fails(
            "ingest images \(pictures) -c c --layer none", status: 1, saying: "none")
    }
}

/// Wrong folders of pictures, which need no model to be refused.
@Suite struct WrongPictureTests {
    @Test func aMissingFolderIsNamed() throws {
        let tool = try Tool()
        let missing = tool.folder.path("missing")
        try tool.fails("ingest images \(missing) -c c", status: 74, saying: missing)
    }

    @Test func aFolderOfTextsHasNoPictures() throws {
        let tool = try Tool()
        let texts = tool.folder.path("texts")
        try FileManager.default.createDirectory(
            atPath: texts, withIntermediateDirectories: false)
        for i in 0..<3 {
            try Data("text \(i)".utf8).write(to: URL(fileURLWithPath: "\(texts)/\(i).txt"))
        }
        try tool.fails("ingest images \(texts) -c c", status: 65, saying: texts)
    }
}
