import FeatureExtraction
import Foundation
import TestSupport
import Testing
import WorkerThreads

@Suite struct ONNXSessionTests {
    @Test func aMissingLibraryIsSaidWithWhatToDo() {
        #expect {
            _ = try ONNXRuntime(
                candidates: ["/no/such/libonnxruntime.so"], limits: ModelLimits([:]))
        } throws: { error in
            guard let error = error as? ExtractionError else { return false }
            return error.code == .noRuntime && error.message.contains("Tools/setup")
                && error.message.contains("LIKENESS_ONNXRUNTIME")
        }
    }

    @Test func anotherLibraryIsNotTakenForIt() {
        #expect {
            _ = try ONNXRuntime(candidates: ["libm.so.6"], limits: ModelLimits([:]))
        } throws: { error in
            guard let error = error as? ExtractionError else { return false }
            return error.code == .noRuntime
                && error.message.contains("libm.so.6 is not an ONNX Runtime library")
        }
    }

    @Test(.enabled(if: TestModels.hasRuntime, "\(TestModels.noRuntime)"))
    func aDamagedNetworkIsRefused() throws {
        let runtime = try #require(TestModels.runtime)
        #expect(runtime.version.hasPrefix("1."))
        for bytes in [[], Array("no network".utf8), [UInt8](repeating: 0xFF, count: 4096)] {
            #expect {
                _ = try ONNXSession(bytes)
            } throws: { ($0 as? ExtractionError)?.code == .damagedModel }
        }
    }

    /// The library has threads and locks that do not come along.
    @Test(.enabled(if: TestModels.hasShared, "\(TestModels.noShared)"))
    func aForkedProcessIsRefused() throws {
        let path = SharedData.path("models/mobilenet_v2_1.0_224.onnx")
        let network = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let session = try ONNXSession(network)
        let tensor = [Float](repeating: 0, count: 3 * 224 * 224)
        func code(_ body: () throws(ExtractionError) -> Void) -> ExtractionError.Code? {
            do throws(ExtractionError) {
                try body()
                return nil
            } catch {
                return error.code
            }
        }
        let status = fork {
            let running = code { () throws(ExtractionError) in
                try session.run(tensor.span, shape: [1, 3, 224, 224]) { _, _, _ in }
            }
            let loading = code { () throws(ExtractionError) in _ = try ONNXSession(network) }
            return running == .system && loading == .system
        }
        #expect(status == 0)
        try session.run(tensor.span, shape: [1, 3, 224, 224]) { _, _, _ in }
    }

    @Test(.enabled(if: TestModels.hasShared, "\(TestModels.noShared)"))
    func runsTheSameFromManyThreads() throws {
        let path = SharedData.path("models/mobilenet_v2_1.0_224.onnx")
        let session = try ONNXSession([UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
        #expect(session.input == "input")
        let output = try #require(session.outputs.firstIndex(of: "predictions"))
        let tensor = (0..<3 * 224 * 224).map { (index: Int) -> Float in
            Float(index * 7919 % 255) / 128 - 1
        }

        @Sendable func predictions() throws -> [Float] {
            var result: [Float] = []
            try session.run(tensor.span, shape: [1, 3, 224, 224]) {
                index, shape, numbers throws(ExtractionError) in
                guard index == output else { return }
                result = numbers.indices.map { numbers[$0] }
            }
            return result
        }
        let first = try predictions()
        #expect(first.count == 1001)
        #expect(abs(first.reduce(0, +) - 1) < 1e-3)
        WorkerThreads.run(4) { thread in
            for _ in 0..<3 { #expect((try? predictions()) == first, "thread \(thread)") }
        }
    }

    @Test(.enabled(if: TestModels.hasShared, "\(TestModels.noShared)"))
    func aTensorOfAnotherShapeIsRefused() throws {
        let path = SharedData.path("models/mobilenet_v2_1.0_224.onnx")
        let session = try ONNXSession([UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
        let tensor = [Float](repeating: 0, count: 3 * 10 * 10)
        #expect {
            try session.run(tensor.span, shape: [1, 3, 10, 10]) {
                _, _, _ throws(ExtractionError) in
            }
        } throws: { ($0 as? ExtractionError)?.code == .inferenceFailed }
    }
}
