/// How a picture becomes the numbers that a network was trained on.
public struct Preprocessing: Hashable, Sendable {
    /// The order of the three colours in the tensor.
    public enum ChannelOrder: String, Hashable, Sendable, CaseIterable {
        /// Red, green, blue.
        case rgb
        /// Blue, green, red.
        case bgr
    }

    /// The order of the tensor's axes, without the batch.
    public enum Layout: String, Hashable, Sendable, CaseIterable {
        /// Three planes of `height` × `width`.
        case nchw
        /// `height` × `width` triples.
        case nhwc
    }

    /// The input's columns.
    public let width: Int
    /// The input's rows.
    public let height: Int
    /// Which part of the picture is taken.
    public let cropRule: CropRule
    /// How pixels are weighed.
    public let filter: ResamplingFilter
    /// The order of the colours.
    public let channelOrder: ChannelOrder
    /// Subtracted from each value of 0...255, in the order of the tensor's channels.
    public let mean: [Float]
    /// What the difference is then divided by, in the order of the tensor's channels.
    public let standardDeviation: [Float]
    /// The order of the axes.
    public let layout: Layout

    /// Makes a recipe.
    ///
    /// - Parameters:
    ///   - width: the input's columns.
    ///   - height: the input's rows.
    ///   - cropRule: which part of the picture is taken.
    ///   - filter: how pixels are weighed.
    ///   - channelOrder: the order of the colours.
    ///   - mean: three numbers, in the order of the tensor's channels.
    ///   - standardDeviation: three numbers, in the order of the tensor's channels.
    ///   - layout: the order of the axes.
    /// - Throws: ``ImageError`` with code `invalidParameter` if a side is not in 1...8192, the
    ///   crop's fraction is not in 0.01...1, a mean is not finite, or a deviation is not positive.
    public init(
        width: Int, height: Int, cropRule: CropRule, filter: ResamplingFilter,
        channelOrder: ChannelOrder = .rgb, mean: [Float], standardDeviation: [Float],
        layout: Layout = .nchw
    ) throws(ImageError) {
        guard 1...8192 ~= width, 1...8192 ~= height else {
            throw ImageError(
                .invalidParameter,
                "A network's input cannot have \(width) × \(height) pixels; "
                    + "each side must be from 1 to 8192.")
        }
        if case .centerCrop(let fraction) = cropRule, !(0.01...1).contains(fraction) {
            throw ImageError(
                .invalidParameter,
                "The fraction of a centre crop must be from 0.01 to 1, not \(fraction).")
        }
        guard mean.count == 3, standardDeviation.count == 3,
            mean.allSatisfy(\.isFinite),
            standardDeviation.allSatisfy({ $0.isFinite && $0 > 0 })
        else {
            throw ImageError(
                .invalidParameter,
                "Normalising needs three finite means and three positive deviations.")
        }
        self.width = width
        self.height = height
        self.cropRule = cropRule
        self.filter = filter
        self.channelOrder = channelOrder
        self.mean = mean
        self.standardDeviation = standardDeviation
        self.layout = layout
    }

    /// How many floats the tensor of one picture has.
    public var tensorCount: Int { 3 * width * height }

    /// The shorter side that a whole picture is in effect resized to, to be given to
    /// ``ImageDecoder/decode(_:minimumSide:limits:)-(RawSpan,_,_)``.
    public var minimumSide: Int {
        let side = max(width, height)
        guard case .centerCrop(let fraction) = cropRule else { return side }
        return Int((Double(side) / fraction).rounded(.up))
    }

    /// The network's input as a picture: cropped and resized, not yet normalised.
    ///
    /// - Throws: ``ImageError`` if the picture cannot be resized.
    public func input(from image: PixelBuffer) throws(ImageError) -> PixelBuffer {
        try input(from: image, kernels: .fastest)
    }

    /// Writes the normalised tensor of one picture.
    ///
    /// - Parameters:
    ///   - image: the decoded picture.
    ///   - tensor: room for ``tensorCount`` floats.
    /// - Throws: ``ImageError`` if the picture cannot be resized.
    @unsafe
    public func tensor(
        from image: PixelBuffer, into tensor: UnsafeMutablePointer<Float>
    ) throws(ImageError) {
        try unsafe self.tensor(from: image, into: tensor, kernels: .fastest)
    }

    /// The normalised tensor of one picture, ``tensorCount`` floats.
    ///
    /// - Throws: ``ImageError`` if the picture cannot be resized.
    public func tensor(from image: PixelBuffer) throws(ImageError) -> [Float] {
        try tensor(from: image, kernels: .fastest)
    }
}
