import SwiftProtobuf

/// A network in ONNX's file format, of which only the graph's wiring is understood.
///
/// Weights, attributes and everything else are carried along unread, so that what is written is
/// what was read but for the edits.
public struct ONNXModel: Sendable {
    /// A tensor inside the network that can be made an output.
    public struct Layer: Hashable, Sendable {
        /// The tensor's name in the graph, unique there.
        public let name: String
        /// The name of the node that makes it; often empty.
        public let node: String
        /// The ONNX operator that makes it, such as `Conv`.
        public let operation: String
    }

    /// The graph's declared input or output.
    public struct Port: Hashable, Sendable {
        /// The tensor's name.
        public let name: String
        /// Its size in each direction, nil where the model leaves it open; empty if undeclared.
        public let shape: [Int?]
        /// What it holds.
        public let elementType: ElementType
    }

    /// What a tensor holds, by the format's numbers.
    public struct ElementType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The format's number.
        public let rawValue: Int32

        /// Names a type by the format's number.
        public init(rawValue: Int32) { self.rawValue = rawValue }

        /// 32-bit floats.
        public static let float = ElementType(rawValue: 1)

        /// What it holds, in words.
        public var description: String {
            switch rawValue {
            case 0: "no tensor"
            case 1: "32-bit floats"
            case 2, 3: "8-bit integers"
            case 4, 5: "16-bit integers"
            case 6, 12: "32-bit integers"
            case 7, 13: "64-bit integers"
            case 8: "texts"
            case 9: "truth values"
            case 10, 16: "16-bit floats"
            case 11: "64-bit floats"
            default: "numbers of ONNX's type \(rawValue)"
            }
        }
    }

    var model: ONNX_ModelProto

    /// Reads a model.
    ///
    /// - Parameter bytes: a whole `.onnx` file.
    /// - Throws: ``ONNXGraphError`` with `damagedModel` for anything but an ONNX model, and
    ///   `unsupportedModel` for one whose weights lie in another file, wherever in the graph they are
    ///   used, or that is far larger or deeper than a network for images.
    /// - Complexity: O(bytes)
    public init(_ bytes: [UInt8]) throws(ONNXGraphError) {
        try WireScan.check(bytes)
        do {
            model = try ONNX_ModelProto(serializedBytes: bytes)
        } catch {
            throw WireScan.damaged
        }
        guard model.hasGraph, !model.graph.node.isEmpty, !model.graph.output.isEmpty else {
            throw ONNXGraphError(
                .damagedModel, "This ONNX file has no network in it; fetch or convert it again.")
        }
    }

    /// The inputs that a caller must give, weights left out.
    public var inputs: [Port] {
        let weights = Set(model.graph.initializer.map(\.name))
        return model.graph.input.filter { !weights.contains($0.name) }.map(Port.init)
    }

    /// The outputs, in the graph's order.
    public var outputs: [Port] {
        model.graph.output.map(Port.init)
    }

    /// Every tensor that can be made an output, in the order the network computes them.
    ///
    /// - Complexity: O(nodes)
    public var layers: [Layer] {
        model.graph.node.flatMap { node in
            node.opType == "Constant"
                ? []
                : node.output.filter { !$0.isEmpty }
                    .map { Layer(name: $0, node: node.name, operation: node.opType) }
        }
    }

    /// The model's file, with every edit.
    ///
    /// - Complexity: O(bytes)
    public func serialized() throws(ONNXGraphError) -> [UInt8] {
        do {
            return try model.serializedBytes()
        } catch {
            throw ONNXGraphError(.unsupportedModel, "The edited model cannot be written: \(error)")
        }
    }
}

extension ONNXModel.Port {
    init(_ value: ONNX_ValueInfoProto) {
        name = value.name
        elementType = ONNXModel.ElementType(rawValue: value.type.tensorType.elemType)
        shape = value.type.tensorType.shape.dim.map { dimension in
            // Some exporters write an open side as 0 or −1.
            guard case .dimValue(let size) = dimension.value, size > 0 else { return nil }
            return Int(size)
        }
    }
}
