import Foundation
import ImageDecoding
import SearchService
import TestSupport
import Testing

/// Images that would cost too much are named, and the others go in.
@Suite(
    .enabled(
        if: (try? Engine.models().isEmpty == false) ?? false,
        "skipped: needs the model that Tools/setup makes"))
struct ImageLimitsTests {
    @Test func imagesBeyondTheLimitsAreLeftOut() throws {
        let folder = try TemporaryFolder()
        let pictures = try PictureFolder(folder.path("pictures"))
        try pictures.write("small.png", 1, width: 40, height: 30)
        try pictures.write("wide.png", 2, width: 200, height: 30)
        let engine = try Engine(store: folder.path("store"), access: .readWrite)
        var request = ImageIngestRequest(
            folder: pictures.path, collection: "c", layers: ["stem_conv"],
            limits: ImageLimits(pixels: 1200))
        let first = try engine.ingestImages(request)
        #expect(first.added == 1 && first.failures.map(\.path) == ["wide.png"])
        #expect(first.failures.first?.reason.contains("1200") == true)
        // What was left out is tried again, and goes in under wider limits.
        request.limits = .usual
        let second = try engine.ingestImages(request)
        #expect(second.added == 1 && second.failures.isEmpty && second.present == 1)
        request.collection = "d"
        request.limits = ImageLimits(bytes: 100)
        let third = try engine.ingestImages(request)
        #expect(third.added == 0 && third.failures.count == 2)
    }
}
