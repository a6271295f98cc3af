import FeatureExtraction
import Foundation
import Testing

@Suite struct ModelCatalogTests {
    static let digest = String(repeating: "0", count: 64)

    func write(_ text: String, _ name: String, in folder: URL) throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }

    func code(_ body: () throws -> Void) -> ExtractionError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? ExtractionError)?.code
        }
    }

    @Test func findsModelsAndNamesThemWhenOneIsUnknown() throws {
        try TestModels.withFolder { folder in
            for name in ["small", "large"] {
                let text = TestModels.manifest(sha256: Self.digest, name: name)
                try write(text, "\(name).json", in: folder)
            }
            try write("{ this is not JSON", "broken.json", in: folder)
            try write("not a manifest", "notes.txt", in: folder)
            let catalog = ModelCatalog(folders: ["/no/such/folder", folder.path])
            #expect(catalog.models.map(\.manifest.name) == ["large", "small"])
            #expect(catalog.rejected.count == 1)
            #expect(try catalog.model(named: "small").manifest.input.width == 224)
            #expect(code { _ = try catalog.model(named: "broken") } == .damagedModel)
            #expect {
                _ = try catalog.model(named: "smal")
            } throws: { error in
                guard let error = error as? ExtractionError else { return false }
                return error.code == .unknownModel && error.message.contains("small, large")
            }
        }
    }

    @Test func anEmptyCatalogueSaysWhatToDo() {
        #expect {
            _ = try ModelCatalog(folders: []).model(named: "any")
        } throws: { ($0 as? ExtractionError)?.message.contains("Tools/setup") == true }
    }

    @Test func aNetworkWithAnotherChecksumIsRefused() throws {
        try TestModels.withFolder { folder in
            let text = TestModels.manifest(
                sha256: SHA256.hexadecimal(Array("weights".utf8)), name: "tiny", file: "tiny.onnx")
            try write(text, "tiny.json", in: folder)
            try write("weights", "tiny.onnx", in: folder)
            let model = try ModelCatalog(folders: [folder.path]).model(named: "tiny")
            #expect(try model.network() == Array("weights".utf8))
            try write("weightz", "tiny.onnx", in: folder)
            #expect(code { _ = try model.network() } == .damagedModel)
            try FileManager.default.removeItem(at: folder.appendingPathComponent("tiny.onnx"))
            #expect(code { _ = try model.network() } == .damagedModel)
        }
    }

    @Test(arguments: [
        ("\"format\": 2", "\"format\": 1", "older format 1, not 2; run Tools/setup"),
        ("\"format\": 2", "\"format\": 3", "newer format 3"),
        ("\"range\": [0, 255]", "\"range\": [255, 0]", "range"),
        ("\"range\": [0, 255]", "\"range\": [0]", "range"),
        ("\"layout\": \"NCHW\"", "\"layout\": \"CHWN\"", "layout"),
        ("\"crop\": 0.875", "\"crop\": 0.875, \"batch\": 4", "batch"),
        ("\"shape\": [1280]", "\"shape\": [1280], \"channelAxis\": 1", "channelAxis"),
        ("\"name\": \"mobilenet_v2\"", "\"name\": \"../x\"", "name"),
        ("\"width\": 224", "\"width\": 0", "size"),
        ("\"mean\": [128, 128, 128]", "\"mean\": [128]", "mean"),
        ("\"std\": [128, 128, 128]", "\"std\": [1, 0, 1]", "std"),
        ("\"crop\": 0.875", "\"crop\": 2", "crop"),
        ("\"crop\": 0.875", "\"crop\": 1e-300", "crop"),
        ("\"crop\": 0.875", "\"crop\": 0.0099", "crop"),
        ("\"shape\": [1280]", "\"shape\": [4294967296, 4294967296]", "shape"),
        ("\"shape\": [1280]", "\"shape\": [1280, 9223372036854775807, 2]", "shape"),
        ("\"shape\": [1280]", "\"shape\": [1280, 1000000, 1]", "shape"),
        ("\"channels\": \"RGB\"", "\"channels\": \"CMYK\"", "channels"),
        ("\"defaultLayer\": \"avg_pool\"", "\"defaultLayer\": \"none\"", "default layer"),
        ("\"file\": \"mobilenet_v2.onnx\"", "\"file\": \"../x.onnx\"", "beside"),
        ("\"width\": 224, ", "", "width"),
        ("\"shape\": [1280]", "\"shape\": []", "shape"),
    ])
    func aWrongManifestIsRefusedByName(was: String, becomes: String, named: String) throws {
        let right = TestModels.manifest(sha256: Self.digest)
        _ = try ModelManifest(json: Data(right.utf8))
        let wrong = right.replacingOccurrences(of: was, with: becomes)
        #expect(wrong != right)
        #expect {
            _ = try ModelManifest(json: Data(wrong.utf8))
        } throws: { error in
            guard let error = error as? ExtractionError else { return false }
            return error.code == .damagedModel && error.message.contains(named)
        }
    }

    @Test func checksumsAreThoseOfTheStandard() {
        // FIPS 180-4's own examples, and lengths about a block's end.
        #expect(
            SHA256.hexadecimal([])
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            SHA256.hexadecimal(Array("abc".utf8))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            SHA256.hexadecimal(
                Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8))
                == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
        #expect(
            SHA256.hexadecimal([UInt8](repeating: 0x61, count: 1_000_000))
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }
}
