import Foundation
import SearchService
import TestSupport
import Testing

/// Several models in one pass.
@Suite(
    .enabled(
        if: ((try? Engine.models().count) ?? 0) >= 2,
        "skipped: needs two models, as Tools/setup makes them"))
struct SeveralModelsTests {
    @Test func onePassGivesTheVectorsOfSeparatePasses() throws {
        let folder = try TemporaryFolder()
        let pictures = try PictureFolder(folder.path("pictures"))
        // The models want the large JPEG at different scales, and share the others.
        try pictures.write("large.jpg", 3, width: 1040, height: 1000)
        try pictures.write("small.jpg", 4, width: 200, height: 180)
        try pictures.write("plain.png", 5)
        try Data("no image".utf8).write(
            to: URL(fileURLWithPath: pictures.path + "/broken.png"))
        let models = try Engine.models().prefix(2)
        let engine = try Engine(store: folder.path("store"), access: .readWrite)
        var request = ImageIngestRequest(
            folder: pictures.path, collection: "together", models: models.map(\.name),
            layers: models.map { "\($0.name)/\($0.layers[2].name)" }, poolings: ["avg", "max"])
        let report = try engine.ingestImages(request)
        #expect(report.added == 3 && report.fields.count == 4)
        #expect(report.failures.map(\.path) == ["broken.png"])

        // One after another, the second completing the points of the first.
        request.collection = "apart"
        for model in models {
            request.models = [model.name]
            request.layers = [model.layers[2].name]
            _ = try engine.ingestImages(request)
        }
        for field in report.fields {
            let files = try ["together", "apart"].map { collection in
                let file = folder.path("\(collection).npy")
                _ = try engine.export(
                    collection: collection, vector: field, to: file)
                return try Data(contentsOf: URL(fileURLWithPath: file))
            }
            #expect(files[0] == files[1], "\(field)")
        }
    }

    @Test func aLayerThatNoModelHasIsNamed() throws {
        let folder = try TemporaryFolder()
        let pictures = try PictureFolder(folder.path("pictures"))
        try pictures.write("a.png", 1)
        let models = try Engine.models().prefix(2).map(\.name)
        let error = #expect(throws: ServiceError.self) {
            try ImageIngestSource(
                ImageIngestRequest(
                    folder: pictures.path, collection: "c", models: models, layers: ["nowhere"]))
        }
        #expect(error?.code == .notFound && error?.message.contains("nowhere") == true)
    }
}
