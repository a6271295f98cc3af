extension ONNXModel {
    /// The same network with more outputs, behind those that it has.
    ///
    /// - Parameter names: layers' names; those that are outputs already stay where they are.
    /// - Throws: ``ONNXGraphError`` with `unknownLayer`, naming the likeliest layers.
    public func addingOutputs(_ names: [String]) throws(ONNXGraphError) -> ONNXModel {
        var result = self
        var present = Set(model.graph.output.map(\.name))
        for value in try outputInfo(of: names) where present.insert(value.name).inserted {
            result.model.graph.output.append(value)
        }
        return result
    }

    /// The part of the network that some layers need, with these layers as its only outputs.
    ///
    /// What lies behind the last of them is gone, so nothing is computed in vain.
    ///
    /// - Parameter names: layers' names, each becoming one output, in this order.
    /// - Throws: ``ONNXGraphError`` with `unknownLayer`, naming the likeliest layers.
    /// - Complexity: O(nodes · inputs a node)
    public func keepingOnly(outputs names: [String]) throws(ONNXGraphError) -> ONNXModel {
        var result = self
        var seen: Set<String> = []
        result.model.graph.output = try outputInfo(of: names)
            .filter { seen.insert($0.name).inserted }
        var needed = seen
        // Nodes are in the order of computation, so one pass from the end finds every ancestor.
        var kept: [ONNX_NodeProto] = []
        for node in model.graph.node.reversed()
        where node.output.contains(where: needed.contains) {
            needed.formUnion(node.reads)
            kept.append(node)
        }
        result.model.graph.node = kept.reversed()
        result.model.graph.initializer.removeAll { !needed.contains($0.name) }
        let weights = Set(model.graph.initializer.map(\.name))
        result.model.graph.input.removeAll {
            weights.contains($0.name) && !needed.contains($0.name)
        }
        return result
    }

    /// What the graph declares of the layers, or only their names where it declares nothing.
    private func outputInfo(
        of names: [String]
    ) throws(ONNXGraphError) -> [ONNX_ValueInfoProto] {
        let known = Set(layers.map(\.name))
        var declared: [String: ONNX_ValueInfoProto] = [:]
        for value in model.graph.valueInfo + model.graph.output { declared[value.name] = value }
        var result: [ONNX_ValueInfoProto] = []
        for name in names {
            guard known.contains(name) else {
                throw ONNXGraphError(
                    .unknownLayer,
                    "The network has no layer '\(name)'; "
                        + NameSuggestions.sentence(for: name, among: layers.map(\.name)))
            }
            var bare = ONNX_ValueInfoProto()
            bare.name = name
            result.append(declared[name] ?? bare)
        }
        return result
    }
}

extension ONNX_NodeProto {
    /// The names of the values that the node reads, those of the graphs inside it included.
    var reads: [String] {
        input
            + attribute.flatMap { ($0.hasG ? [$0.g] : []) + $0.graphs }
            .flatMap { $0.node.flatMap(\.reads) + $0.output.map(\.name) }
    }
}
