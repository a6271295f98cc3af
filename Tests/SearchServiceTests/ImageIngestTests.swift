import Foundation
import JSON
import SearchService
import TestSupport
import Testing

/// Whether the default model is installed, as `Tools/setup` installs it.
private let modelIsInstalled = (try? Engine.models().isEmpty == false) ?? false

@Suite(
    .enabled(
        if: SharedData.isPresent && modelIsInstalled,
        "skipped: needs ../shared beside the checkout and the model that Tools/setup makes"))
struct ImageIngestTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A folder with a few photographs, some in a folder of their own, and some broken files.
    private func pictures() throws -> String {
        let root = folder.path("pictures")
        try FileManager.default.createDirectory(
            atPath: root + "/tractors", withIntermediateDirectories: true)
        for id in [2, 10, 1] {
            try FileManager.default.copyItem(
                atPath: SharedData.path("data/iconic200/\(id).jpg"), toPath: "\(root)/\(id).jpg")
        }
        try FileManager.default.copyItem(
            atPath: SharedData.path("data/iconic200/45.jpg"), toPath: "\(root)/tractors/45.jpg")
        let whole = try Data(
            contentsOf: URL(fileURLWithPath: SharedData.path("data/iconic200/3.jpg")))
        try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: root + "/cut.jpg"))
        try Data("hello".utf8).write(to: URL(fileURLWithPath: root + "/text.jpg"))
        try Data("hello".utf8).write(to: URL(fileURLWithPath: root + "/notes.txt"))
        return root
    }

    @Test func brokenFilesAreNamedAndTheOthersGoIn() throws {
        let engine = try Engine(store: folder.path("store"), access: .readWrite)
        let request = ImageIngestRequest(folder: try pictures(), collection: "c")
        let report = try engine.ingestImages(request)
        #expect(report.added == 4)
        #expect(report.notImages == 1)
        #expect(Set(report.failures.map(\.path)) == ["cut.jpg", "text.jpg"])
        #expect(report.failures.allSatisfy { $0.reason.hasSuffix(".") })
        // Numbered as people number files, those that failed left out.
        let paths = try (0..<4).map {
            try engine.point(String($0), in: "c").payload["path"]?.stringValue
        }
        #expect(paths == ["1.jpg", "2.jpg", "10.jpg", "tractors/45.jpg"])
        let tractor = try engine.point("3", in: "c").payload
        #expect(tractor["label"]?.stringValue == "tractors")
        #expect(tractor["width"]?.integerValue != nil && tractor["height"]?.integerValue != nil)

        let again = try engine.ingestImages(request)
        #expect(again.added == 0 && again.completed == 0 && again.present == 4)

        var deeper = request
        deeper.layers = ["top_conv"]
        deeper.poolings = ["avg", "max"]
        let completed = try engine.ingestImages(deeper)
        #expect(completed.added == 0 && completed.completed == 4)
        #expect(try engine.collection("c").fields.allSatisfy { $0.count == 4 })
    }

    @Test func labelsThatComeLaterAreTaken() throws {
        let engine = try Engine(store: folder.path("store"), access: .readWrite)
        let root = try pictures()
        var request = ImageIngestRequest(folder: root, collection: "c")
        _ = try engine.ingestImages(request)
        #expect(throws: ServiceError.self) {
            try engine.evaluate(EvaluateRequest(collection: "c"))
        }
        let labels = try folder.write(
            "labels.csv",
            Array("\u{FEFF}filename,label\r\n\r\n1.jpg,\"a, b\"\r\n2.jpg,\"a, b\"\r\n".utf8))
        request.labels = .file(labels)
        let report = try engine.ingestImages(request)
        #expect(report.added == 0 && report.completed == 2 && report.present == 2)
        #expect(try engine.point("0", in: "c").payload["label"]?.stringValue == "a, b")
        #expect(try engine.point("3", in: "c").payload["label"]?.stringValue == "tractors")
        #expect(try engine.ingestImages(request).completed == 0)
        #expect(
            try engine.evaluate(EvaluateRequest(collection: "c")).fields[0].overall.queryCount == 3)

        request.labels = .file(
            try folder.write("others.csv", Array("filename,label\nabsent.jpg,x\n".utf8)))
        let error = #expect(throws: ServiceError.self) { try engine.ingestImages(request) }
        #expect(error?.code == .invalidData)
    }

    @Test func aFolderWithoutImagesIsRefused() throws {
        let engine = try Engine(store: folder.path("store"), access: .readWrite)
        let root = folder.path("texts")
        try FileManager.default.createDirectory(
            atPath: root, withIntermediateDirectories: true)
        try Data("hello".utf8).write(to: URL(fileURLWithPath: root + "/notes.txt"))
        let error = #expect(throws: ServiceError.self) {
            try engine.ingestImages(ImageIngestRequest(folder: root, collection: "c"))
        }
        #expect(error?.code == .invalidData)
        let missing = #expect(throws: ServiceError.self) {
            try engine.ingestImages(
                ImageIngestRequest(folder: root + "/absent", collection: "c"))
        }
        #expect(missing?.code == .inputOutput)
        #expect(try engine.collections().isEmpty)
    }

    /// The best that the original published with any of nine models is 89.5 and 83.5.
    @Test(arguments: [
        ("iconic200", "top_activation", "avg", 91.0),
        ("fashion200", "top_activation", "flatten", 81.0),
        ("fashion200", "block7a_project_conv", "flatten", 83.6),
    ])
    func theDefaultModelReachesItsScore(
        dataset: String, layer: String, pooling: String, floor: Double
    ) throws {
        let engine = try Engine(store: folder.path("store"), access: .readWrite)
        let data = SharedData.path("data/\(dataset)")
        let report = try engine.ingestImages(
            ImageIngestRequest(
                folder: data, collection: dataset, layers: [layer], poolings: [pooling],
                labels: .file("\(data)/labels.csv")))
        #expect(report.added == 200 && report.failures.isEmpty)
        let evaluation = try engine.evaluate(EvaluateRequest(collection: dataset))
        #expect(evaluation.unlabelled == 0)
        #expect(evaluation.fields.count == 1)
        #expect(evaluation.fields[0].labels.count == 10)
        #expect(evaluation.fields[0].overall.score >= floor)
    }

    @Test func anImageFindsItself() throws {
        let engine = try Engine(store: folder.path("store"), access: .readWrite)
        let root = try pictures()
        _ = try engine.ingestImages(ImageIngestRequest(folder: root, collection: "c"))
        let response = try engine.search(
            SearchRequest(collection: "c", query: .image(root + "/10.jpg"), k: 2))
        let hits = response.answers[0].hits
        #expect(hits.first?.payload["path"]?.stringValue == "10.jpg")
        #expect((hits.first?.distance ?? 1) < 1e-4)
        let sheet = try engine.contactSheet(
            for: response.answers[0], of: response, in: "c")
        #expect(sheet.starts(with: [0xFF, 0xD8, 0xFF]))
    }
}
