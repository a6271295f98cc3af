extension ONNXModel {
    /// Where the channels of a tensor are among its directions, the batch left out.
    public enum ChannelPlace: Hashable, Sendable {
        /// In front of the positions, as in `NCHW`.
        case first
        /// Behind the positions, as in `NHWC`.
        case last

        var other: ChannelPlace { self == .first ? .last : .first }
    }

    /// Where the channels of every layer are.
    ///
    /// ONNX's convolutions and poolings have them in front, matrix products and layer
    /// normalisations behind; a transposition moves them; what else there is leaves them where its
    /// first input has them.
    ///
    /// - Parameter input: where the network's input has them.
    /// - Complexity: O(nodes)
    public func channelPlaces(input: ChannelPlace) -> [String: ChannelPlace] {
        var places: [String: ChannelPlace] = [:]
        for port in inputs { places[port.name] = input }
        for node in model.graph.node {
            // Weights and constants have no place; what is made of them alone is no layer.
            guard let inherited = node.input.lazy.compactMap({ places[$0] }).first else { continue }
            let place: ChannelPlace =
                switch node.opType {
                case "Conv", "ConvTranspose", "ConvInteger", "QLinearConv", "MaxPool", "LpPool",
                    "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool",
                    "BatchNormalization", "InstanceNormalization", "GroupNormalization", "LRN",
                    "DepthToSpace", "SpaceToDepth":
                    .first
                case "MatMul", "Gemm", "MatMulInteger", "QLinearMatMul", "FusedMatMul",
                    "LayerNormalization", "SkipLayerNormalization", "Attention",
                    "MultiHeadAttention", "NhwcConv", "NhwcFusedConv":
                    .last
                case "Transpose": node.movesChannels(from: inherited) ? inherited.other : inherited
                default: inherited
                }
            for name in node.output where !name.isEmpty { places[name] = place }
        }
        return places
    }
}

extension ONNX_NodeProto {
    /// Whether a transposition moves the channels from one end to the other.
    func movesChannels(from place: ONNXModel.ChannelPlace) -> Bool {
        let order = attribute.first { $0.name == "perm" }?.ints ?? []
        guard order.count > 2, order[0] == 0 else { return false }
        // `order` says for every direction of the output which one of the input it is.
        return switch place {
        case .first: order.last == 1
        case .last: order[1] == Int64(order.count - 1)
        }
    }
}
