import Foundation
import TestSupport

/// Real pictures and the default model, as far as they are installed.
enum ImageFixtures {
    /// Whether the default model and its runtime can be found by the tool.
    static let hasModel: Bool = {
        let variables = ProcessInfo.processInfo.environment
        let setup = "\(Tool.root)/Tools/.setup"
        let models = variables["LIKENESS_MODELS"] ?? "\(setup)/models"
        let runtime =
            variables["LIKENESS_ONNXRUNTIME"] ?? "\(setup)/onnxruntime/libonnxruntime.so"
        return FileManager.default.fileExists(atPath: "\(models)/efficientnet-lite0.onnx")
            && FileManager.default.fileExists(atPath: runtime)
    }()

    /// Whether images can be ingested here; tests of them are enabled `if` this holds.
    static var arePresent: Bool { hasModel && !categories.isEmpty }

    /// What a test says when it is skipped.
    static let skipReason: String =
        hasModel
        ? "skipped: needs the package tuxpaint-stamps-default or ../shared"
        : "skipped: needs the default model; run Tools/setup"

    /// Pictures by category: tuxpaint's stamps, or else the original's set beside the checkout.
    static let categories: [(name: String, files: [String])] = {
        let stamps = "/usr/share/tuxpaint/stamps"
        let found = ["animals", "food", "vehicles"].map { name in
            (name: name, files: pictures(under: "\(stamps)/\(name)"))
        }
        if found.allSatisfy({ $0.files.count >= 8 }) { return found }
        let shared = pictures(under: SharedData.path("data/iconic200"))
        return shared.count < 24
            ? []
            : (0..<3).map { part in
                (name: "part\(part)", files: Array(shared[(part * 8)..<(part * 8 + 8)]))
            }
    }()

    /// Copies so many pictures of each category into a folder of its name.
    static func fill(_ folder: String, each count: Int) throws {
        for (name, files) in categories {
            let target = "\(folder)/\(name)"
            try FileManager.default.createDirectory(
                atPath: target, withIntermediateDirectories: true)
            for (place, file) in files.prefix(count).enumerated() {
                let suffix = URL(fileURLWithPath: file).pathExtension
                try FileManager.default.copyItem(
                    atPath: file, toPath: "\(target)/\(place).\(suffix)")
            }
        }
    }

    private static func pictures(under folder: String) -> [String] {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String }
        return (names ?? []).filter { $0.hasSuffix(".png") || $0.hasSuffix(".jpg") }.sorted()
            .map { "\(folder)/\($0)" }
    }
}
