import FeatureExtraction

/// A network in an ONNX file that is to be added; what is left out is found out or assumed.
public struct ModelFileRequest: Sendable {
    /// The path of the ONNX file.
    public var file: String
    /// The model's name; nil is the file's, without its ending.
    public var name: String?
    /// The input's size in pixels; nil is the graph's, or 224 × 224 where it leaves it open.
    public var size: (width: Int, height: Int)?
    /// The order of the colours: `RGB` or `BGR`.
    public var channels = "RGB"
    /// What the pixels' values are mapped to, low and high; nil is 0...1.
    public var range: [Float]?
    /// What is taken from every channel; nil is 0 where a range is given, else ImageNet's.
    public var mean: [Float]?
    /// What every channel is divided by; nil is 1 where a range is given, else ImageNet's.
    public var std: [Float]?
    /// How an image is scaled: `bilinear`, `bicubic` or `lanczos`.
    public var resize = "bilinear"
    /// How an image is fitted: `crop` or `squash`.
    public var fit = "crop"
    /// The part of the largest box that is kept; nil is 0.875 for a crop.
    public var crop: Double?
    /// The default layer; nil is the last map that has more than one position.
    public var layer: String?
    /// The default pooling: `avg`, `max` or `flatten`.
    public var pooling = "avg"
    /// Where the weights come from.
    public var source: String?
    /// The weights' licence.
    public var licence: String?

    /// Names a file and says nothing of it.
    public init(file: String) {
        self.file = file
    }

    /// The names that the words may be.
    public static let choices = (
        channels: ModelManifest.Input.Channels.allCases.map(\.rawValue),
        resize: ModelManifest.Input.Resize.allCases.map(\.rawValue),
        fit: ModelManifest.Input.Fit.allCases.map(\.rawValue),
        pooling: Pooling.allCases.map(\.rawValue)
    )

    /// The same in the extraction's terms.
    ///
    /// - Throws: ``ServiceError`` with `invalidRequest` for a word that is none of ``choices``.
    func draft() throws(ServiceError) -> ModelDraft {
        var draft = ModelDraft()
        draft.name = name
        draft.size = size
        draft.channels = try Self.choice(channels, "channels")
        draft.range = range
        draft.mean = mean
        draft.std = std
        draft.resize = try Self.choice(resize, "resize")
        draft.fit = try Self.choice(fit, "fit")
        draft.crop = crop
        draft.layer = layer
        draft.pooling = try Self.choice(pooling, "pooling")
        draft.source = source
        draft.licence = licence
        return draft
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ word: String, _ option: String
    ) throws(ServiceError) -> Choice {
        guard let choice = Choice(rawValue: word) else {
            let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw ServiceError(.invalidRequest, "“\(word)” is no \(option); there are \(all).")
        }
        return choice
    }
}
