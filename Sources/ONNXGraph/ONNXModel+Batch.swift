extension ONNXModel {
    /// The same network with its one input's first direction left open, so that it may take any
    /// number of images at once.
    ///
    /// Whether it then computes what it should is for the caller to find out: a network may have the
    /// number in the constants that it reshapes by. What the graph declares of its other tensors is
    /// dropped, as it may name the old number.
    public func withOpenBatch() -> ONNXModel {
        var result = self
        let weights = Set(model.graph.initializer.map(\.name))
        for index in result.model.graph.input.indices
        where !weights.contains(result.model.graph.input[index].name) {
            guard !result.model.graph.input[index].type.tensorType.shape.dim.isEmpty else {
                continue
            }
            result.model.graph.input[index].type.tensorType.shape.dim[0].value = .dimParam("batch")
        }
        return result.withoutDeclaredShapes()
    }

    /// The same network, saying nothing of its tensors' shapes but the inputs'.
    ///
    /// Such sayings are only hints; the runtime finds the shapes out by itself.
    public func withoutDeclaredShapes() -> ONNXModel {
        var result = self
        result.model.graph.valueInfo = []
        for index in result.model.graph.output.indices {
            result.model.graph.output[index].type.tensorType.clearShape()
        }
        return result
    }
}
