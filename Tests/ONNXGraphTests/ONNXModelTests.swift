import Foundation
import ONNXGraph
import TestSupport
import Testing

@Suite struct ONNXModelTests {
    static func mobilenet() throws -> [UInt8] {
        let path = SharedData.path("models/mobilenet_v2_1.0_224.onnx")
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    @Test(.enabled(if: SharedData.isPresent, "\(SharedData.skipReason)"))
    func readsTheWiringOfARealNetwork() throws {
        let model = try ONNXModel(Self.mobilenet())
        #expect(model.inputs.map(\.name) == ["input"])
        #expect(model.inputs.map(\.shape) == [[nil, 3, 224, 224]])
        #expect(model.outputs.map(\.name).contains("predictions"))
        let layers = model.layers
        #expect(Set(layers.map(\.name)).count == layers.count)
        #expect(layers.filter { $0.operation == "Conv" }.count > 50)
    }

    @Test(.enabled(if: SharedData.isPresent, "\(SharedData.skipReason)"))
    func writesWhatItReadWhenNothingIsEdited() throws {
        let bytes = try Self.mobilenet()
        let model = try ONNXModel(bytes)
        let written = try model.serialized()
        // Fields may change places, but none may be lost: the weights alone are 13 MB.
        #expect(written.count == bytes.count)
        #expect(try ONNXModel(written).layers == model.layers)
    }

    @Test(.enabled(if: SharedData.isPresent, "\(SharedData.skipReason)"))
    func addsOutputsOnce() throws {
        let model = try ONNXModel(Self.mobilenet())
        let first = model.layers[0].name
        let before = model.outputs.map(\.name)
        let edited = try model.addingOutputs([first, first] + before)
        #expect(edited.outputs.map(\.name) == before + [first])
        let again = try ONNXModel(edited.serialized())
        #expect(again.outputs.map(\.name) == before + [first])
        #expect(again.layers == model.layers)
    }

    @Test(.enabled(if: SharedData.isPresent, "\(SharedData.skipReason)"))
    func dropsWhatNoOutputNeeds() throws {
        let model = try ONNXModel(Self.mobilenet())
        let names = [model.layers[20].name, model.layers[3].name]
        let part = try model.keepingOnly(outputs: names + names)
        #expect(part.outputs.map(\.name) == names)
        #expect(part.layers.last?.name == names[0])
        #expect(part.layers.count <= 21)
        #expect(part.inputs == model.inputs)
        #expect(try part.serialized().count < model.serialized().count / 2)
    }

    @Test(.enabled(if: SharedData.isPresent, "\(SharedData.skipReason)"))
    func namesTheLikeliestLayersWhenOneIsUnknown() throws {
        let model = try ONNXModel(Self.mobilenet())
        #expect {
            _ = try model.addingOutputs(["avgpool"])
        } throws: { error in
            guard let error = error as? ONNXGraphError else { return false }
            return error.code == .unknownLayer && error.message.contains("'avgpool'")
                && error.message.contains("avg_pool")
        }
        #expect(throws: ONNXGraphError.self) { _ = try model.keepingOnly(outputs: ["input"]) }
    }

    @Test func refusesWhatIsNoModel() {
        let garbage = [UInt8](repeating: 0xFF, count: 1000)
        let text = Array("These are words, not a network.\n".utf8)
        for bytes in [[], garbage, text] {
            #expect {
                _ = try ONNXModel(bytes)
            } throws: { ($0 as? ONNXGraphError)?.code == .damagedModel }
        }
    }

    @Test(.enabled(if: SharedData.isPresent, "\(SharedData.skipReason)"))
    func refusesATruncatedModel() throws {
        let bytes = try Self.mobilenet()
        for length in [1, 100, bytes.count / 2, bytes.count - 1] {
            #expect(throws: ONNXGraphError.self, "length \(length)") {
                _ = try ONNXModel(Array(bytes.prefix(length)))
            }
        }
    }
}
