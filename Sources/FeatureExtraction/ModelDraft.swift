/// What is said of a network that is to be added; what is left out is found out or assumed.
public struct ModelDraft: Hashable, Sendable {
    /// The model's name; nil is the file's, without its ending.
    public var name: String?
    /// The input's width and height; nil is the graph's, or 224 where it leaves them open.
    public var size: (width: Int, height: Int)? {
        get { width.flatMap { width in height.map { (width, $0) } } }
        set { (width, height) = (newValue?.width, newValue?.height) }
    }
    private var width: Int?
    private var height: Int?
    /// The order of the colours.
    public var channels: ModelManifest.Input.Channels = .rgb
    /// What the pixels' values are mapped to first; nil is 0...1.
    public var range: [Float]?
    /// What is taken from every channel; nil is 0 where a range is given, else ImageNet's.
    public var mean: [Float]?
    /// What every channel is divided by; nil is 1 where a range is given, else ImageNet's.
    public var std: [Float]?
    /// How an image is scaled.
    public var resize: ModelManifest.Input.Resize = .bilinear
    /// How an image is fitted.
    public var fit: ModelManifest.Input.Fit = .crop
    /// The part of the largest box that is kept; nil is 0.875 for a crop.
    public var crop: Double?
    /// The default layer; nil is the last map that has more than one position.
    public var layer: String?
    /// The default pooling.
    public var pooling: Pooling = .avg
    /// Where the weights come from.
    public var source: String?
    /// The weights' licence.
    public var licence: String?

    /// Says nothing.
    public init() {}

    /// ImageNet's means and deviations of red, green and blue from 0 to 1.
    private static let imageNet: (mean: [Float], std: [Float]) = (
        [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    )

    /// The numbers that pixels are normalised by: what is given, else ImageNet's in the order of the
    /// colours.
    ///
    /// - Throws: ``ExtractionError`` with `invalidModel` for means without a range, whose numbers
    ///   could mean either, and for numbers out of range.
    func normalization() throws(ExtractionError) -> (range: [Float], mean: [Float], std: [Float]) {
        guard range != nil || (mean == nil && std == nil) else {
            throw ExtractionError(
                .invalidModel,
                "A mean or std means nothing without the range of the values that it is of; add "
                    + "--range 0,1 or --range 0,255.")
        }
        let known =
            channels == .rgb
            ? Self.imageNet
            : (mean: Self.imageNet.mean.reversed(), std: Self.imageNet.std.reversed())
        let isGiven = range != nil
        let range = range ?? [0, 1]
        let mean = mean ?? (isGiven ? [0, 0, 0] : known.mean)
        let std = std ?? (isGiven ? [1, 1, 1] : known.std)
        guard range.count == 2, range.allSatisfy(\.isFinite), range[0] < range[1] else {
            throw ExtractionError(
                .invalidModel, "The range must be two rising numbers, such as 0,1 or -1,1.")
        }
        guard mean.count == 3, std.count == 3, (mean + std).allSatisfy(\.isFinite),
            std.allSatisfy({ $0 > 0 })
        else {
            throw ExtractionError(
                .invalidModel,
                "The mean must be three numbers and the std three positive ones, in the order of "
                    + "the channels.")
        }
        return (range, mean, std)
    }
}
