import FeatureExtraction
import Foundation
import TestSupport
import Testing

/// Networks that want more time or memory than there is.
@Suite struct ModelLimitsTests {
    typealias Bytes = ONNXBytes

    /// What a network is refused with when it is run on a picture, or nil if it runs.
    func refusal(_ network: [UInt8], seconds: Double = 60) throws -> ExtractionError? {
        let picture = [Float](repeating: 1, count: 3 * 8 * 8)
        do throws(ExtractionError) {
            let session = try ONNXSession(network, limit: TimeLimit(seconds: seconds))
            try session.run(picture.span, shape: [1, 3, 8, 8]) { _, _, _ in }
            return nil
        } catch {
            return error
        }
    }

    /// A loop that adds one to the picture, so many times, or as often as nodes before it say.
    func loop(_ count: Int, before nodes: [[UInt8]] = []) -> [UInt8] {
        let body = Bytes.graph(
            [
                Bytes.node("Identity", ["go"], ["on"]),
                Bytes.node("Add", ["sum", "one"], ["more"]),
            ],
            inputs: [
                Bytes.value("turn", element: 7, []), Bytes.value("go", element: 9, []),
                Bytes.value("sum"),
            ],
            outputs: [Bytes.value("on", element: 9, []), Bytes.value("more")])
        return Bytes.network(
            nodes + [
                Bytes.node(
                    "Loop", [nodes.isEmpty ? "times" : "count", "always", "image"], ["result"],
                    attributes: [Bytes.attribute("body", graph: body)])
            ],
            weights: [
                Bytes.integers("times", [count], sides: []), Bytes.truth("always", true),
                Bytes.float("one", 1),
            ])
    }

    @Test(.enabled(if: TestModels.hasRuntime, "\(TestModels.noRuntime)"))
    func aLoopThatDoesNotEndIsStopped() throws {
        #expect(try refusal(loop(3)) == nil)
        let error = try #require(try refusal(loop(1 << 62), seconds: 1))
        #expect(error.code == .inferenceFailed)
        #expect(error.message.contains("longer than its limit of 1 s"), "\(error.message)")
        #expect(error.message.contains("LIKENESS_MODEL_SECONDS"))
    }

    @Test(.enabled(if: TestModels.hasRuntime, "\(TestModels.noRuntime)"))
    func alsoAllWorkTogetherHasALimit() throws {
        let limit = TimeLimit(seconds: 60, total: 1)
        let session = try ONNXSession(loop(1 << 62), limit: limit)
        let picture = [Float](repeating: 1, count: 3 * 8 * 8)
        for _ in 0..<3 {
            #expect {
                try session.run(picture.span, shape: [1, 3, 8, 8]) { _, _, _ in }
            } throws: {
                ($0 as? ExtractionError)?.message.contains("longer than its limit of 1 s") == true
            }
        }
    }

    /// Runs on the calling thread are stopped as well.
    @Test(.enabled(if: TestModels.hasRuntime, "\(TestModels.noRuntime)"))
    func aLoopThatEndsForSomePicturesOnlyIsStopped() throws {
        // It turns as often as the largest number of the picture says.
        let counts = [
            Bytes.node(
                "ReduceMax", ["image"], ["most"], attributes: [Bytes.attribute("keepdims", 0)]),
            Bytes.node("Cast", ["most"], ["count"], attributes: [Bytes.attribute("to", 7)]),
        ]
        let session = try ONNXSession(
            loop(0, before: counts), limit: TimeLimit(seconds: 2))
        func run(_ number: Float) throws(ExtractionError) -> Float {
            let picture = [Float](repeating: number, count: 3 * 8 * 8)
            var first: Float = 0
            try session.run(picture.span, shape: [1, 3, 8, 8]) { _, _, numbers in
                first = numbers[0]
            }
            return first
        }
        for _ in 0..<2 {
            #expect(try run(3) == 6)
            #expect {
                _ = try run(1e18)
            } throws: {
                ($0 as? ExtractionError)?.message.contains("longer than its limit of 2 s") == true
            }
        }
        #expect(try run(4) == 8)
    }

    @Test(.enabled(if: TestModels.hasRuntime, "\(TestModels.noRuntime)"))
    func aTensorThatFitsNoMemoryIsRefused() throws {
        let constant = Bytes.network(
            [
                Bytes.node("ConstantOfShape", ["size"], ["big"]),
                Bytes.node("ReduceSum", ["big"], ["sum"]),
                Bytes.node("Add", ["image", "sum"], ["result"]),
            ], weights: [Bytes.integers("size", [100 << 30])])
        let expanded = Bytes.network(
            [
                Bytes.node("Expand", ["image", "size"], ["big"]),
                Bytes.node("ReduceSum", ["big"], ["result"]),
            ], weights: [Bytes.integers("size", [1 << 30, 3, 8, 8])])
        for network in [constant, expanded] {
            let error = try #require(try refusal(network))
            #expect(error.code == .inferenceFailed)
            #expect(error.message.contains("more memory than its limit"), "\(error.message)")
            #expect(error.message.contains("LIKENESS_MODEL_MEMORY"))
        }
    }

    /// ONNX Runtime tells its own format by four bytes, which a name of ONNX's format can have.
    @Test(.enabled(if: TestModels.hasRuntime, "\(TestModels.noRuntime)"))
    func aNetworkIsNotTakenForAnotherFormat() throws {
        let network = loop(3)
        let disguised = network.prefix(2) + Bytes.field(2, "ORTM") + network.dropFirst(2)
        #expect(Array(disguised[4..<8]) == Array("ORTM".utf8))
        #expect(try refusal(Array(disguised)) == nil)
    }

    @Test func limitsAreWhatTheVariablesSay() throws {
        let usual = try ModelLimits([:])
        #expect(usual.seconds == 120)
        #expect(usual.memory > 64 << 20)
        let empty = ["LIKENESS_MODEL_MEMORY": "", "LIKENESS_MODEL_SECONDS": ""]
        #expect(try ModelLimits(empty).memory == usual.memory)
        let own = try ModelLimits([
            "LIKENESS_MODEL_MEMORY": "300", "LIKENESS_MODEL_SECONDS": "0.5",
        ])
        #expect(own.memory == 300 << 20 && own.seconds == 0.5)
        for text in ["0", "-1", "much", "1e3", "0x10", "99999999999999999", "1 "] {
            #expect {
                _ = try ModelLimits(["LIKENESS_MODEL_MEMORY": text])
            } throws: {
                ($0 as? ExtractionError)?.message.contains("LIKENESS_MODEL_MEMORY is '\(text)'")
                    == true
            }
        }
        for text in ["0", "-1", "long", "nan", "inf"] {
            #expect {
                _ = try ModelLimits(["LIKENESS_MODEL_SECONDS": text])
            } throws: {
                ($0 as? ExtractionError)?.message.contains("LIKENESS_MODEL_SECONDS is '\(text)'")
                    == true
            }
        }
    }

    @Test func whatIsNoFileIsReadAsNone() throws {
        let folder = try TemporaryFolder()
        for name in ["pipe.json", "other.onnx"] {
            try #require(unsafe mkfifo(folder.path(name), 0o600) == 0)
        }
        let manifest = TestModels.manifest(
            sha256: String(repeating: "0", count: 64), name: "other", file: "other.onnx")
        _ = try folder.write("other.json", Array(manifest.utf8))
        let catalog = ModelCatalog(folders: [folder.path])
        #expect(catalog.rejected.map(\.path) == [folder.path("pipe.json")])
        #expect {
            _ = try catalog.model(named: "other").network()
        } throws: { ($0 as? ExtractionError)?.code == .damagedModel }
        for path in [folder.path("other.onnx"), folder.path, "/dev/zero"] {
            #expect {
                _ = try ModelFolder(path: folder.path("new")).add(file: path, ModelDraft())
            } throws: { error in
                guard let error = error as? ExtractionError else { return false }
                return error.code == .system && error.message.contains("no folder, pipe or device")
            }
        }
    }
}
