import FeatureExtraction
import Foundation
import ImageDecoding
import TestSupport
import Testing

/// Networks that are added from ONNX files; `Fixtures/…/networks/make_networks.py` has made them.
@Suite(.enabled(if: TestModels.hasRuntime, "\(TestModels.noRuntime)"))
struct ModelFolderTests {
    static let networks = TestModels.fixtures.appendingPathComponent("networks")

    func file(_ name: String) -> String {
        Self.networks.appendingPathComponent("\(name).onnx").path
    }

    /// What adding a network gave, in a folder of its own.
    func added(
        _ name: String, _ draft: ModelDraft = ModelDraft()
    ) throws -> (manifest: ModelManifest, extractor: FeatureExtractor) {
        try TestModels.withFolder { folder in
            _ = try ModelFolder(path: folder.path).add(file: file(name), draft)
            // What lies in the folder counts, and not what was returned.
            let model = try ModelCatalog(folders: [folder.path]).model(named: draft.name ?? name)
            let extractors = model.manifest.layers.map {
                Extractor(model: model.manifest.name, layer: $0.name, pooling: .avg)
            }
            return (
                model.manifest, try FeatureExtractor(model: model, extractors: extractors)
            )
        }
    }

    /// The averages of every layer of two pictures, by the layer's name.
    func features(_ extractor: FeatureExtractor) throws -> [String: [[Float]]] {
        let side = extractor.manifest.input.width
        let tensors = try [1, 2].flatMap { number in
            let picture = try PixelBuffer(
                width: side, height: side,
                bytes: TestModels.pattern(number, side: side))
            return try extractor.preprocessing.tensor(from: picture)
        }
        let found = try extractor.features(of: tensors.span, count: 2)
        var result: [String: [[Float]]] = [:]
        for (index, extractor) in extractor.extractors.enumerated() {
            result[extractor.layer] = found.map { $0[index] }
        }
        return result
    }

    var whole: ModelDraft {
        var draft = ModelDraft()
        draft.fit = .squash
        draft.size = (16, 16)
        return draft
    }

    @Test func aPlainNetworkIsTakenAsItIs() throws {
        let (manifest, _) = try added("plain")
        #expect(manifest.layers.map(\.name) == ["conv", "map", "pool", "result"])
        #expect(manifest.layers.map(\.shape) == [[4, 8, 8], [4, 8, 8], [4, 1, 1], [4]])
        #expect(manifest.layers.map(\.operator).first == "Conv")
        #expect(manifest.defaultLayer == "map")
        #expect(manifest.input.range == [0, 1] && manifest.input.mean == [0.485, 0.456, 0.406])
        #expect(manifest.input.layout == .nchw && manifest.input.batch == nil)
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file("plain"))))
        #expect(manifest.sha256 == SHA256.hexadecimal(bytes))
    }

    @Test(arguments: [
        "fixed-batch", "open-size", "all-open", "one-by-one", "channels-last", "tokens", "mixed",
    ])
    func otherShapesOfTheSameNetworkGiveTheSameFeatures(name: String) throws {
        let expected = try features(added("plain", whole).extractor)
        let (manifest, extractor) = try added(name, whole)
        let found = try features(extractor)
        #expect(manifest.input.batch == (name == "one-by-one" ? 1 : nil))
        #expect(manifest.input.layout == (name == "channels-last" ? .nhwc : .nchw))
        for layer in ["conv", "map"] {
            for (one, other) in zip(try #require(found[layer]), try #require(expected[layer])) {
                #expect(TestModels.cosine(one, other) > 0.999999, "\(layer)")
            }
        }
        // The same map with its channels behind its positions has the same averages.
        if let behind = ["channels-last": "map_last", "tokens": "tokens"][name] {
            #expect(manifest.layers.first { $0.name == behind }?.channelAxis != nil)
            for (one, other) in zip(try #require(found[behind]), try #require(expected["map"])) {
                #expect(one.count == 4 && TestModels.cosine(one, other) > 0.999999)
            }
        }
    }

    @Test func onlyWhatDiffersFromImageToImageIsALayer() throws {
        // Not what mixes the batch, holds integers, is made of weights alone, or has no batch.
        let (manifest, _) = try added("mixed")
        #expect(manifest.layers.map(\.name) == ["conv", "map", "result"])
    }

    @Test(arguments: [
        ("by-fours", "exactly 4 images"), ("bytes", "8-bit integers"), ("grey", "three channels"),
        ("vector", "four directions"), ("two-inputs", "'mask'"), ("external", "another file"),
        ("future", "Opset 99"), ("unknown-operator", "Frobnicate"),
        ("constant", "nothing to extract"), ("make_networks.py", "not a complete ONNX file"),
    ])
    func whatCannotBeUsedIsRefusedWithTheReason(name: String, reason: String) throws {
        try TestModels.withFolder { folder in
            let path =
                name.hasSuffix(".py")
                ? Self.networks.appendingPathComponent(name).path : file(name)
            var draft = ModelDraft()
            draft.name = "refused"
            #expect {
                try ModelFolder(path: folder.path).add(file: path, draft)
            } throws: { error in
                guard let error = error as? ExtractionError else { return false }
                return error.code == .unsupportedModel && error.message.contains(reason)
                    && error.message.contains(name) && !error.message.contains("onnxruntime_src")
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(left.isEmpty)
        }
    }

    @Test func whatIsSaidMustFit() throws {
        let wrong: [(String, (inout ModelDraft) -> Void, ExtractionError.Code)] = [
            ("20 × 20", { $0.size = (20, 20) }, .invalidModel),
            ("--range", { $0.mean = [0, 0, 0] }, .invalidModel),
            ("rising", { $0.range = [1, 0] }, .invalidModel),
            (
                "three",
                {
                    $0.range = [0, 1]
                    $0.std = [1, 0, 1]
                }, .invalidModel
            ),
            ("result", { $0.layer = "reslt" }, .unknownLayer),
            ("name", { $0.name = "../plain" }, .invalidModel),
            ("package", { $0.name = "inception-v3" }, .invalidModel),
        ]
        try TestModels.withFolder { folder in
            for (word, change, code) in wrong {
                var draft = ModelDraft()
                change(&draft)
                #expect {
                    try ModelFolder(path: folder.path).add(file: file("plain"), draft)
                } throws: { error in
                    guard let error = error as? ExtractionError else { return false }
                    return error.code == code && error.message.contains(word)
                }
            }
            #expect(throws: ExtractionError.self) {
                try ModelFolder(path: folder.path).add(file: file("no-such"), ModelDraft())
            }
            #expect(ModelCatalog(folders: [folder.path]).models.isEmpty)
        }
    }

    @Test func addingTwiceDoesNothingAndMendsWhatIsDamaged() throws {
        try TestModels.withFolder { parent in
            let folder = ModelFolder(path: parent.appendingPathComponent("new").path)
            #expect(try folder.add(file: file("plain"), whole).wasPresent == false)
            #expect(try folder.add(file: file("plain"), whole).wasPresent)
            // Other options under a taken name are refused.
            #expect {
                try folder.add(file: file("plain"), ModelDraft())
            } throws: { ($0 as? ExtractionError)?.message.contains("already") == true }
            // A network that is damaged, and what a killed process left, are mended.
            try Data("x".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/plain.onnx"))
            try Data("x".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/.plain.json.partial"))
            #expect(try folder.add(file: file("plain"), whole).wasPresent == false)
            let model = try ModelCatalog(folders: [folder.path]).model(named: "plain")
            #expect(try model.network().count > 100)
            try folder.remove(model)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(left == [".lock"])
        }
    }

    @Test func linksThatSomebodyPlantedAreNotFollowed() throws {
        try TestModels.withFolder { parent in
            let folder = parent.appendingPathComponent("new").path
            let victim = parent.appendingPathComponent("victim").path
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            try Data("precious".utf8).write(to: URL(fileURLWithPath: victim))
            for name in [".plain.onnx.partial", ".plain.json.partial"] {
                try FileManager.default.createSymbolicLink(
                    atPath: "\(folder)/\(name)", withDestinationPath: victim)
            }
            _ = try ModelFolder(path: folder).add(file: file("plain"), whole)
            #expect(try Data(contentsOf: URL(fileURLWithPath: victim)) == Data("precious".utf8))
            // A lock file that is a link could make a file anywhere.
            let elsewhere = parent.appendingPathComponent("elsewhere").path
            try FileManager.default.removeItem(atPath: "\(folder)/.lock")
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/.lock", withDestinationPath: elsewhere)
            #expect {
                try ModelFolder(path: folder).add(file: file("plain"), ModelDraft())
            } throws: { ($0 as? ExtractionError)?.code == .system }
            #expect(!FileManager.default.fileExists(atPath: elsewhere))
        }
    }

    @Test(.enabled(if: SharedData.isPresent, "\(SharedData.skipReason)"))
    func realNetworksAreAddedWithTheirPreprocessing() throws {
        var byte = ModelDraft()
        (byte.range, byte.mean, byte.std) = ([0, 255], [128, 128, 128], [128, 128, 128])
        var caffe = ModelDraft()
        (caffe.range, caffe.mean) = ([0, 255], [104, 117, 123])
        (caffe.channels, caffe.fit, caffe.layer) = (.bgr, .squash, "avg_pool")
        for (name, draft, count) in [
            ("mobilenet_v1_1.0_224", byte, 1024), ("mobilenet_v2_1.0_224", byte, 1280),
            ("squeezenet1_1", caffe, 512),
        ] {
            try TestModels.withFolder { folder in
                let (model, _) = try ModelFolder(path: folder.path).add(
                    file: SharedData.path("models/\(name).onnx"), draft)
                let layer = try #require(model.manifest.layers.first { $0.name == "avg_pool" })
                #expect(layer.shape == [count])
                let extractor = try FeatureExtractor(
                    model: model, extractors: [model.manifest.extractor(layer: "avg_pool")])
                let network = name.replacingOccurrences(of: "_1.0_224", with: "")
                let expected = try TestModels.expected(
                    "\(network).photos.avg.f32", dimension: count)
                for (path, wanted) in zip(try TestModels.photos(), expected) {
                    let found = try extractor.features(ofImage: ImageFile.bytes(of: path))[0]
                    #expect(TestModels.cosine(found, wanted) >= 0.995, "\(name), \(path)")
                }
                #expect(expected.count == 8)
            }
        }
    }
}
