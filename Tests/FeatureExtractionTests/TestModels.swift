import FeatureExtraction
import Foundation
import TestSupport

/// The models and the library that tests use where they are there.
enum TestModels {
    static let runtime = try? ONNXRuntime.shared()
    static let installed = ModelCatalog.installed()

    static let hasRuntime = runtime != nil
    static let hasDefault =
        hasRuntime && installed.models.contains { $0.manifest.name == "efficientnet-lite0" }
    static let hasShared = hasRuntime && SharedData.isPresent
    static let noRuntime = "skipped: needs ONNX Runtime; run Tools/setup"
    static let noDefault = "skipped: needs ONNX Runtime and the default model; run Tools/setup"
    static let noShared = "skipped: needs ../shared and ONNX Runtime"

    static let fixtures =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/FeatureExtraction")

    /// The vectors that Python computed.
    static func expected(_ file: String, dimension: Int) throws -> [[Float]] {
        let data = try Data(contentsOf: fixtures.appendingPathComponent(file))
        let numbers = stride(from: 0, to: data.count, by: 4).map { start in
            Float(
                bitPattern: (0..<4).reduce(UInt32(0)) { word, byte in
                    word | UInt32(data[start + byte]) << UInt32(8 * byte)
                })
        }
        return stride(from: 0, to: numbers.count, by: dimension).map {
            Array(numbers[$0..<$0 + dimension])
        }
    }

    /// The photos' paths that Python used.
    static func photos() throws -> [String] {
        try String(contentsOf: fixtures.appendingPathComponent("photos.txt"), encoding: .utf8)
            .split(separator: "\n").map { SharedData.path(String($0)) }
    }

    /// The same picture that the script makes: 224 × 224 by integer arithmetic, red, green, blue.
    static func pattern(_ number: Int, side: Int = 224) -> [UInt8] {
        var bytes: [UInt8] = []
        for y in 0..<side {
            for x in 0..<side {
                for c in 0..<3 {
                    let wave =
                        x * (number + 1) + y * (2 * number + 1) + c * 40
                        + x * y / (16 * (number + 1))
                    bytes.append(UInt8(wave % 256))
                }
            }
        }
        return bytes
    }

    static func cosine(_ left: [Float], _ right: [Float]) -> Double {
        var (product, a, b) = (0.0, 0.0, 0.0)
        for (x, y) in zip(left, right) {
            product += Double(x) * Double(y)
            a += Double(x) * Double(x)
            b += Double(y) * Double(y)
        }
        return left.count == right.count ? product / (a * b).squareRoot() : 0
    }

    /// A manifest of MobileNet v2 as it lies in ../shared, with some fields changed.
    static func manifest(
        sha256: String, name: String = "mobilenet_v2", file: String = "mobilenet_v2.onnx",
        format: Int = 2, layers: [(String, [Int])] = [("avg_pool", [1280])]
    ) -> String {
        let list = layers.map { name, shape in
            "{ \"name\": \"\(name)\", \"operator\": \"Any\", \"shape\": \(shape) }"
        }
        return """
            { "format": \(format), "name": "\(name)", "description": "a test's",
              "file": "\(file)", "sha256": "\(sha256)", "source": "here", "licence": "Apache-2.0",
              "input": { "name": "input", "layout": "NCHW", "width": 224, "height": 224,
                "channels": "RGB", "range": [0, 255],
                "mean": [128, 128, 128], "std": [128, 128, 128],
                "resize": "bilinear", "fit": "crop", "crop": 0.875 },
              "defaultLayer": "\(layers[0].0)", "defaultPooling": "avg",
              "layers": [\(list.joined(separator: ", "))] }
            """
    }

    /// A folder that is removed when the test has ended.
    static func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("likeness-models-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }

    /// The catalogue of one model: the shared MobileNet v2 under a test's manifest.
    static func withMobileNet<Result>(
        layers: [(String, [Int])] = [("avg_pool", [1280])],
        _ body: (ModelCatalog.Entry) throws -> Result
    ) throws -> Result {
        try withFolder { folder in
            let path = SharedData.path("models/mobilenet_v2_1.0_224.onnx")
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            try bytes.write(to: folder.appendingPathComponent("mobilenet_v2.onnx"))
            let text = manifest(sha256: SHA256.hexadecimal([UInt8](bytes)), layers: layers)
            try Data(text.utf8).write(to: folder.appendingPathComponent("mobilenet_v2.json"))
            return try body(ModelCatalog(folders: [folder.path]).model(named: "mobilenet_v2"))
        }
    }
}
