internal import ONNXGraph

/// The image that a network wants, as far as its graph says.
struct NetworkInput {
    /// The graph's input tensor.
    let name: String
    /// In what order its axes may be, the likelier first; the graph may leave it open.
    let layouts: [ModelManifest.Input.Layout]
    /// How many images the graph takes at once; nil is left open.
    let batch: Int?
    /// Its declared sides, nil where left open, for each layout.
    private let shape: [Int?]

    /// Finds the one image that a network wants.
    ///
    /// - Throws: ``ExtractionError`` with `unsupportedModel`, saying what the network wants instead.
    init(of model: ONNXModel) throws(ExtractionError) {
        func refuse(_ sentence: String) -> ExtractionError {
            ExtractionError(.unsupportedModel, sentence)
        }
        let inputs = model.inputs
        guard inputs.count == 1 else {
            let names = inputs.map { "'\($0.name)'" }.joined(separator: ", ")
            throw refuse(
                inputs.isEmpty
                    ? "The network has no input; it must have one, an image."
                    : "The network has \(inputs.count) inputs (\(names)); it must have one, an "
                        + "image.")
        }
        let input = inputs[0]
        guard input.elementType == .float else {
            throw refuse(
                "The input '\(input.name)' holds \(input.elementType.description); it must hold "
                    + "32-bit floats, so export the network so that it takes them.")
        }
        guard input.shape.count == 4 else {
            throw refuse(
                "The input '\(input.name)' has the shape \(Self.text(input.shape)); an image has "
                    + "four directions: batch, channels, height and width, or channels last.")
        }
        let layouts = ModelManifest.Input.Layout.allCases.filter { layout in
            let channels = input.shape[layout == .nchw ? 1 : 3]
            return channels == 3 || channels == nil
        }
        // A declared 3 says more than an open side.
        let sure = layouts.filter { input.shape[$0 == .nchw ? 1 : 3] == 3 }
        guard !layouts.isEmpty else {
            throw refuse(
                "The input '\(input.name)' has the shape \(Self.text(input.shape)), in which no "
                    + "direction has the three channels of a colour image.")
        }
        name = input.name
        self.layouts = sure.isEmpty ? layouts : sure
        batch = input.shape[0]
        shape = input.shape
    }

    /// The input's width and height.
    ///
    /// - Parameter wanted: what was asked for.
    /// - Throws: ``ExtractionError`` with `invalidModel` where the graph has others.
    func size(
        _ layout: ModelManifest.Input.Layout, wanted: (width: Int, height: Int)?
    ) throws(ExtractionError) -> (width: Int, height: Int) {
        let fixed = layout == .nchw ? (shape[3], shape[2]) : (shape[2], shape[1])
        let size = (
            width: fixed.0 ?? wanted?.width ?? 224, height: fixed.1 ?? wanted?.height ?? 224
        )
        if let wanted, wanted != size {
            throw ExtractionError(
                .invalidModel,
                "The network takes only images of \(size.width) × \(size.height) pixels, not "
                    + "\(wanted.width) × \(wanted.height); leave --size away.")
        }
        guard 1...8192 ~= size.width, 1...8192 ~= size.height else {
            throw ExtractionError(
                .unsupportedModel,
                "An input of \(size.width) × \(size.height) pixels cannot be filled; each side "
                    + "must be from 1 to 8192.")
        }
        return size
    }

    private static func text(_ shape: [Int?]) -> String {
        "[" + shape.map { $0.map(String.init) ?? "?" }.joined(separator: ", ") + "]"
    }
}
