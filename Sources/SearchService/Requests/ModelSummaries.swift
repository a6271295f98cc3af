import FeatureExtraction

/// A model that images can be ingested with.
public struct ModelSummary: Sendable {
    /// What a model wants to see.
    public struct Input: Sendable {
        /// The order of the tensor's axes: `NCHW` or `NHWC`.
        public let layout: String
        /// Its width in pixels.
        public let width: Int
        /// Its height in pixels.
        public let height: Int
        /// How many images are computed at once, or nil for any number.
        public let batch: Int?
        /// The order of the colours: `RGB` or `BGR`.
        public let channels: String
        /// What the pixels' values are mapped to, low and high.
        public let range: [Double]
        /// What is taken from every channel.
        public let mean: [Double]
        /// What every channel is divided by.
        public let std: [Double]
        /// How an image is scaled.
        public let resize: String
        /// How an image is fitted: `crop` or `squash`.
        public let fit: String
        /// The part of the largest box that is kept, or nil.
        public let crop: Double?
    }

    /// A layer that can be extracted.
    public struct Layer: Sendable {
        /// Its name.
        public let name: String
        /// The ONNX operator that makes it.
        public let `operator`: String
        /// Its shape without the batch.
        public let shape: [Int]
        /// How many numbers its vector has under every pooling.
        public let lengths: [(pooling: String, count: Int)]
    }

    /// The model's name.
    public let name: String
    /// What it is.
    public let description: String
    /// Where its weights come from.
    public let source: String
    /// The licence of its weights.
    public let licence: String
    /// Where the network's file lies.
    public let path: String
    /// The file's SHA-256.
    public let sha256: String
    /// What it wants to see.
    public let input: Input
    /// The layer that is used where none is named.
    public let defaultLayer: String
    /// The pooling that is used where none is named.
    public let defaultPooling: String
    /// The layers that can be extracted, from input to output.
    public let layers: [Layer]
}

/// The models that there are.
public struct ModelListing: Sendable {
    /// Those that are installed, by name.
    public let models: [ModelSummary]
    /// The names of those that can be added by name.
    public let available: [String]
    /// The manifests that cannot be used, and why.
    public let unusable: [(path: String, reason: String)]
}

/// What came of adding a model.
public struct ModelAddition: Sendable {
    /// The model.
    public let model: ModelSummary
    /// Whether it was there already, so that nothing was done.
    public let wasPresent: Bool
}

extension ModelSummary {
    init(_ entry: ModelCatalog.Entry) {
        let manifest = entry.manifest
        name = manifest.name
        description = manifest.description
        source = manifest.source
        licence = manifest.licence
        path = entry.path
        sha256 = manifest.sha256
        input = Input(manifest.input)
        defaultLayer = manifest.defaultLayer
        defaultPooling = manifest.defaultPooling.rawValue
        layers = manifest.layers.map { layer in
            Layer(
                name: layer.name, operator: layer.operator, shape: layer.shape,
                lengths: Pooling.allCases.map { ($0.rawValue, layer.dimension($0)) })
        }
    }
}

extension Float {
    /// The number that is written the same: 0.485, and not 0.48500001430511475.
    fileprivate var asWritten: Double { Double("\(self)") ?? Double(self) }
}

extension ModelSummary.Input {
    init(_ input: ModelManifest.Input) {
        layout = input.layout.rawValue
        width = input.width
        height = input.height
        batch = input.batch
        channels = input.channels.rawValue
        range = input.range.map(\.asWritten)
        mean = input.mean.map(\.asWritten)
        std = input.std.map(\.asWritten)
        resize = input.resize.rawValue
        fit = input.fit.rawValue
        crop = input.fit == .crop ? input.crop : nil
    }
}
