import FeatureExtraction
import Foundation
import ImageDecoding
import Testing

@Suite struct FeatureExtractorTests {
    /// The features of the patterns, all in one batch.
    func patterns(_ model: ModelCatalog.Entry, layer: String, _ pooling: Pooling) throws
        -> [[Float]]
    {
        let extractor = try FeatureExtractor(
            model: model, extractors: [model.manifest.extractor(layer: layer, pooling: pooling)])
        let tensors = try (0..<4).flatMap { number in
            try extractor.preprocessing.exactTensor(
                of: TestModels.pattern(number, side: extractor.preprocessing.width))
        }
        return try extractor.features(of: tensors.span, count: 4).map { $0[0] }
    }

    func check(
        _ found: [[Float]], against file: String, atLeast bound: Double,
        _ place: SourceLocation = #_sourceLocation
    ) throws {
        let expected = try TestModels.expected(file, dimension: 1280)
        #expect(found.count == expected.count, sourceLocation: place)
        for (index, pair) in zip(found, expected).enumerated() {
            let cosine = TestModels.cosine(pair.0, pair.1)
            #expect(cosine >= bound, "vector \(index) of \(file)", sourceLocation: place)
        }
    }

    @Test(.enabled(if: TestModels.hasShared, "\(TestModels.noShared)"))
    func mobileNetSeesWhatPythonSeesInTheSamePixels() throws {
        try TestModels.withMobileNet { model in
            let found = try patterns(model, layer: "avg_pool", .avg)
            try check(found, against: "mobilenet_v2.patterns.avg.f32", atLeast: 0.99999)
        }
    }

    @Test(.enabled(if: TestModels.hasDefault, "\(TestModels.noDefault)"))
    func defaultModelSeesWhatPythonSeesInTheSamePixels() throws {
        for (name, layer) in [
            ("efficientnet-lite0", "top_conv"), ("efficientnet-lite0-288", "top_activation"),
        ] {
            let model = try TestModels.installed.model(named: name)
            for pooling in [Pooling.avg, .max] {
                let found = try patterns(model, layer: layer, pooling)
                let file = "\(name).patterns.\(pooling.rawValue).f32"
                try check(found, against: file, atLeast: 0.99999)
            }
        }
    }

    @Test(.enabled(if: TestModels.hasShared, "\(TestModels.noShared)"))
    func mobileNetSeesWhatPythonSeesInAFile() throws {
        try TestModels.withMobileNet { model in
            let extractor = try FeatureExtractor(
                model: model, extractors: [model.manifest.extractor()])
            let found = try TestModels.photos().map {
                try extractor.features(ofImage: ImageFile.bytes(of: $0))[0]
            }
            try check(found, against: "mobilenet_v2.photos.avg.f32", atLeast: 0.995)
        }
    }

    @Test(
        .enabled(
            if: TestModels.hasDefault && TestModels.hasShared, "\(TestModels.noDefault)"))
    func croppedModelSeesWhatPythonSeesInAFile() throws {
        let model = try TestModels.installed.model(named: "efficientnet-lite0")
        let extractor = try FeatureExtractor(
            model: model,
            extractors: [model.manifest.extractor(layer: "top_conv", pooling: .avg)])
        let found = try TestModels.photos().map {
            try extractor.features(ofImage: ImageFile.bytes(of: $0))[0]
        }
        try check(found, against: "efficientnet-lite0.photos.avg.f32", atLeast: 0.995)
    }

    @Test(
        .enabled(
            if: TestModels.hasDefault && TestModels.hasShared, "\(TestModels.noDefault)"))
    func defaultModelSeesWhatPythonSeesInAFile() throws {
        let model = try TestModels.installed.model(named: "efficientnet-lite0-288")
        let extractor = try FeatureExtractor(
            model: model, extractors: [model.manifest.extractor()])
        #expect(
            extractor.extractors.map(\.description) == ["efficientnet-lite0-288/top_activation.avg"]
        )
        let found = try TestModels.photos().map {
            try extractor.features(ofImage: ImageFile.bytes(of: $0))[0]
        }
        try check(found, against: "efficientnet-lite0-288.photos.avg.f32", atLeast: 0.995)
    }

    @Test(.enabled(if: TestModels.hasDefault, "\(TestModels.noDefault)"))
    func onePassGivesEveryLayerAndPooling() throws {
        let model = try TestModels.installed.model(named: "efficientnet-lite0")
        let names = ["top_conv.flatten", "stem_conv.max", "top_conv.avg", "avg_pool.avg"]
        let extractors = try names.map { try Extractor("efficientnet-lite0/\($0)") }
        let together = try FeatureExtractor(model: model, extractors: extractors)
        #expect(together.dimensions == [62_720, 32, 1280, 1280])
        let tensor = try together.preprocessing.exactTensor(of: TestModels.pattern(1))
        let vectors = try together.features(of: tensor.span, count: 1)[0]
        #expect(vectors.map(\.count) == together.dimensions)
        for (index, extractor) in extractors.enumerated() {
            let alone = try FeatureExtractor(model: model, extractors: [extractor])
            let vector = try alone.features(of: tensor.span, count: 1)[0][0]
            #expect(TestModels.cosine(vector, vectors[index]) > 0.999999, "\(extractor)")
        }
    }

    @Test(.enabled(if: TestModels.hasDefault, "\(TestModels.noDefault)"))
    func everyLayerOfTheManifestIsThereInItsShape() throws {
        let model = try TestModels.installed.model(named: "efficientnet-lite0")
        let all = model.manifest.layers.map {
            Extractor(model: "efficientnet-lite0", layer: $0.name, pooling: .avg)
        }
        // The initialiser runs the network once and compares every shape.
        let extractor = try FeatureExtractor(model: model, extractors: all)
        #expect(extractor.dimensions == model.manifest.layers.map { $0.shape[0] })
    }

    @Test(.enabled(if: TestModels.hasShared, "\(TestModels.noShared)"))
    func aManifestThatDoesNotMatchItsNetworkIsRefused() throws {
        try TestModels.withMobileNet(layers: [("avg_pool", [1024])]) { model in
            let wanted = try model.manifest.extractor()
            #expect {
                _ = try FeatureExtractor(model: model, extractors: [wanted])
            } throws: { ($0 as? ExtractionError)?.code == .damagedModel }
        }
        try TestModels.withMobileNet(layers: [("no_such", [1280])]) { model in
            let wanted = try model.manifest.extractor()
            #expect {
                _ = try FeatureExtractor(model: model, extractors: [wanted])
            } throws: { ($0 as? ExtractionError)?.code == .unknownLayer }
        }
    }

    @Test(.enabled(if: TestModels.hasDefault, "\(TestModels.noDefault)"))
    func refusesWhatTheModelDoesNotHave() throws {
        let model = try TestModels.installed.model(named: "efficientnet-lite0")
        #expect {
            _ = try model.manifest.extractor(layer: "topconv")
        } throws: { error in
            guard let error = error as? ExtractionError else { return false }
            return error.code == .unknownLayer && error.message.contains("top_conv")
        }
        #expect(throws: ExtractionError.self) {
            _ = try FeatureExtractor(model: model, extractors: [])
        }
        #expect(throws: ExtractionError.self) {
            let other = Extractor(model: "other", layer: "top_conv", pooling: .avg)
            _ = try FeatureExtractor(model: model, extractors: [other])
        }
        let extractor = try FeatureExtractor(
            model: model, extractors: [model.manifest.extractor()])
        #expect {
            _ = try extractor.features(ofImage: Array("no picture".utf8))
        } throws: { ($0 as? ExtractionError)?.code == .badImage }
    }
}

extension Preprocessing {
    /// The tensor of exactly these pixels, neither cropped nor scaled.
    func exactTensor(of pixels: [UInt8]) throws -> [Float] {
        var tensor = [Float](repeating: 0, count: tensorCount)
        for (index, value) in pixels.enumerated() {
            let pixel = index / 3
            let channel = channelOrder == .rgb ? index % 3 : 2 - index % 3
            tensor[channel * width * height + pixel] =
                (Float(value) - mean[channel]) / standardDeviation[channel]
        }
        return tensor
    }
}
