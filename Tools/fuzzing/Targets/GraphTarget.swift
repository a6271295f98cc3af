import ONNXGraph

extension FuzzTarget {
    /// ONNX models: read, edited, written and read again.
    static let onnx = FuzzTarget(
        name: "onnx", summary: "an ONNX model, read, edited and written", maximumBytes: 8192,
        seeds: { [model(), model(withMore: true)] },
        run: { bytes in
            guard let model = try? ONNXModel(bytes) else { return }
            _ = (model.inputs, model.outputs)
            let layers = model.layers
            expect(survives(model), "what is written reads otherwise")
            let names = layers.prefix(3).map(\.name) + layers.suffix(1).map(\.name)
            do throws(ONNXGraphError) {
                let more = try model.addingOutputs(names)
                expect(
                    Set(names).isSubset(of: more.outputs.map(\.name)), "an output is not there")
                let fewer = try model.keepingOnly(outputs: names)
                expect(
                    Set(fewer.outputs.map(\.name)) == Set(names), "other outputs than asked for")
                expect(survives(more) && survives(fewer), "what is edited reads otherwise")
            } catch {
                expect(false, "a layer of the model is refused: \(error.message)")
            }
            _ = try? model.addingOutputs(["no such layer"])
        })

    /// Whether a model is the same after it was written and read; one that cannot be written is.
    private static func survives(_ model: ONNXModel) -> Bool {
        guard let bytes = try? model.serialized() else { return true }
        guard let again = try? ONNXModel(bytes) else { return model.outputs.isEmpty }
        return again.layers == model.layers && again.outputs == model.outputs
    }

    /// A model of three nodes, one of which has a graph inside, with weights and shapes.
    ///
    /// - Parameter withMore: whether it also has the other places that weights may be in, from which
    ///   a changed byte or two make weights that lie outside, or nodes without end.
    private static func model(withMore: Bool = false) -> [UInt8] {
        func field(_ number: UInt8, _ body: [UInt8]) -> [UInt8] {
            // Lengths below 2^14 take at most two bytes.
            let length =
                body.count < 128
                ? [UInt8(body.count)]
                : [UInt8(body.count & 0x7F | 0x80), UInt8(body.count >> 7)]
            return [number << 3 | 2] + length + body
        }
        func text(_ number: UInt8, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }
        func number(_ number: UInt8, _ value: UInt8) -> [UInt8] { [number << 3, value] }
        func node(
            _ kind: String, _ inputs: [String], _ output: String, _ attribute: [UInt8] = []
        ) -> [UInt8] {
            field(
                1,
                inputs.flatMap { text(1, $0) } + text(2, output) + text(3, "n_" + output)
                    + text(4, kind) + attribute)
        }
        func port(_ member: UInt8, _ name: String, _ sides: [UInt8]) -> [UInt8] {
            let shape = field(2, sides.flatMap { field(1, number(1, $0)) })
            return field(member, text(1, name) + field(2, field(1, number(1, 1) + shape)))
        }
        let inner = field(6, node("Relu", ["conv"], "inside") + port(12, "inside", [1]))
        let graph =
            node("Conv", ["input", "w"], "conv") + node("If", ["c"], "if", field(5, inner))
            + node("Relu", ["conv"], "relu") + text(2, "g")
            + field(5, number(2, 1) + text(8, "w") + field(9, [1, 2, 3, 4]))
            + port(11, "input", [1, 3, 8, 8]) + port(11, "w", [4]) + port(12, "relu", [1, 4])
            + port(13, "conv", [1, 4])
        let plain = number(1, 8) + field(7, graph) + field(8, text(1, "") + number(2, 13))
        guard withMore else { return plain }
        let tensor = number(2, 1) + text(8, "v") + number(14, 0)
        let sparse = field(1, tensor) + field(2, tensor) + number(3, 9) + field(3, [3, 3])
        let constant = node("Constant", [], "v", field(5, field(5, tensor)))
        // Fields from 16 on have tags of two bytes.
        func far(_ number: UInt8, _ body: [UInt8]) -> [UInt8] {
            let one = field(1, body)
            return [(number & 0xF) << 3 | 0x82, number >> 4] + one.dropFirst()
        }
        let call = field(7, Array(node("f", ["a"], "b").dropFirst(2)) + text(7, "own"))
        return plain + field(7, constant + field(15, sparse))
            + far(20, field(1, constant)) + far(25, text(1, "f") + call + text(10, "own"))
            + far(25, text(1, "g") + call + call + text(10, "own"))
    }
}
