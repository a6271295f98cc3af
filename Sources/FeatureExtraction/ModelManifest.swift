public import Foundation

/// What is known of a model: where its network is, what it wants to see, what can be taken from it.
///
/// `Tools/models/README.md` describes the file.
public struct ModelManifest: Hashable, Sendable, Codable {
    /// The version of the format that is read and written.
    public static let currentFormat = 2

    /// What the network wants to see.
    public struct Input: Hashable, Sendable, Codable {
        /// In what order the input's colours are.
        public enum Channels: String, Hashable, Sendable, Codable, CaseIterable {
            /// Red, green, blue.
            case rgb = "RGB"
            /// Blue, green, red.
            case bgr = "BGR"
        }

        /// How the input's directions are ordered.
        public enum Layout: String, Hashable, Sendable, Codable, CaseIterable {
            /// Batch, channels, height, width.
            case nchw = "NCHW"
            /// Batch, height, width, channels.
            case nhwc = "NHWC"
        }

        /// How pixels are weighed when an image is scaled.
        public enum Resize: String, Hashable, Sendable, Codable, CaseIterable {
            /// A triangle.
            case bilinear
            /// Keys' cubic with a = −0.5.
            case bicubic
            /// A sinc windowed by its own centre, of half width 3.
            case lanczos
        }

        /// What becomes of an image whose aspect is not the input's.
        public enum Fit: String, Hashable, Sendable, Codable, CaseIterable {
            /// The largest centred box of the input's aspect, times `crop`.
            case crop
            /// The whole image, its aspect given up.
            case squash
        }

        /// The graph's input tensor.
        public let name: String
        /// The order of its directions.
        public let layout: Layout
        /// Its width in pixels.
        public let width: Int
        /// Its height in pixels.
        public let height: Int
        /// The order of its colours.
        public let channels: Channels
        /// What the pixels' values, which run from 0 to 255, are mapped to first: low and high.
        public let range: [Float]
        /// What is taken from every channel's values then, in the order of the channels.
        public let mean: [Float]
        /// What the values are divided by at last, in the order of the channels.
        public let std: [Float]
        /// How an image is scaled.
        public let resize: Resize
        /// How an image is fitted.
        public let fit: Fit
        /// The part of the largest box that is kept, from 0.01 to 1; nil is all of it.
        public let crop: Double?
        /// How many images the network takes at once; nil is any number.
        public let batch: Int?

        /// How many numbers one image's tensor has.
        public var count: Int { 3 * width * height }

        /// The shape of the tensor of some images.
        func shape(batch: Int) -> [Int] {
            switch layout {
            case .nchw: [batch, 3, height, width]
            case .nhwc: [batch, height, width, 3]
            }
        }
    }

    /// A tensor inside the network that can be extracted.
    public struct Layer: Hashable, Sendable, Codable {
        /// The tensor's name in the graph.
        public let name: String
        /// The ONNX operator that makes it.
        public let `operator`: String
        /// Its shape without the batch: channels, height, width, or only a length.
        public let shape: [Int]
        /// Where in `shape` the channels are; nil is in front, as ONNX's convolutions have them.
        public let channelAxis: Int?

        /// How many numbers the layer's vector has under a pooling.
        public func dimension(_ pooling: Pooling) -> Int {
            pooling.dimension(of: shape, channelAxis: channelAxis ?? 0)
        }

        /// Whether it keeps where things are in the image, as what is pooled or classified does not.
        public var isMap: Bool {
            shape.count > 1 && shape.reduce(1, *) > dimension(.avg)
        }

        /// Whether one image's numbers can be counted and held in memory.
        fileprivate var hasPossibleCount: Bool {
            var count = 1
            for side in shape {
                let (product, overflow) = count.multipliedReportingOverflow(by: side)
                if overflow || product > 1 << 30 { return false }
                count = product
            }
            return true
        }
    }

    /// The version of the manifest's format, ``currentFormat``.
    public let format: Int
    /// The model's name, the first part of an extractor's.
    public let name: String
    /// One line for people.
    public let description: String
    /// The ONNX file, beside the manifest.
    public let file: String
    /// The ONNX file's SHA-256 as 64 hexadecimal digits.
    public let sha256: String
    /// Where the weights come from.
    public let source: String
    /// The weights' licence, an SPDX name.
    public let licence: String
    /// What the network wants to see.
    public let input: Input
    /// The layer that is extracted if nothing is said.
    public let defaultLayer: String
    /// The pooling that is used if nothing is said.
    public let defaultPooling: Pooling
    /// Every layer that can be extracted, from input to output.
    public let layers: [Layer]

    /// Reads a manifest and checks that its parts agree.
    ///
    /// - Throws: ``ExtractionError`` with `damagedModel`, naming the first thing wrong.
    public init(json: Data) throws(ExtractionError) {
        do {
            let found = try JSONDecoder().decode(Version.self, from: json).format
            guard found == Self.currentFormat else {
                let age = found < Self.currentFormat ? "older" : "newer"
                throw ExtractionError(
                    .damagedModel,
                    "The manifest is of the \(age) format \(found), not "
                        + "\(Self.currentFormat); run Tools/setup, and add other models again "
                        + "with 'likeness models add'.")
            }
            self = try JSONDecoder().decode(ModelManifest.self, from: json)
        } catch let error as ExtractionError {
            throw error
        } catch let error as DecodingError {
            throw ExtractionError(.damagedModel, "The manifest is wrong: \(error.sentence)")
        } catch {
            throw ExtractionError(.damagedModel, "The manifest cannot be read: \(error)")
        }
        if let problem {
            throw ExtractionError(.damagedModel, "The manifest is wrong: \(problem).")
        }
    }

    /// What is read before anything else, as the rest differs between formats.
    private struct Version: Decodable {
        let format: Int
    }

    private var problem: String? {
        let names = layers.map(\.name)
        if !Self.isName(name) {
            return "the name has other characters than letters, digits, '.', '_', '+' and '-'"
        }
        if file.isEmpty || file.contains("/") { return "the file is not beside the manifest" }
        if let problem = input.problem { return problem }
        if Set(names).count != names.count { return "two layers have one name" }
        if layers.contains(where: { $0.shape.isEmpty || $0.shape.contains { $0 < 1 } }) {
            return "a layer has no shape"
        }
        if layers.contains(where: { !$0.hasPossibleCount }) {
            return "a layer's shape has more numbers than fit memory"
        }
        if layers.contains(where: { !$0.shape.indices.contains($0.channelAxis ?? 0) }) {
            return "a layer's channelAxis is none of its shape's"
        }
        return names.contains(defaultLayer) ? nil : "the default layer is not one of the layers"
    }
}

extension ModelManifest {
    /// Whether a text can name a model: a file's name that no shell and no extractor mistakes.
    package static func isName(_ text: String) -> Bool {
        let others = Set("._+-")
        return !text.isEmpty && text.utf8.count <= 100 && text.first != "." && text.first != "-"
            && text.allSatisfy {
                ($0.isASCII && ($0.isLetter || $0.isNumber)) || others.contains($0)
            }
    }
}

extension ModelManifest.Input {
    fileprivate var problem: String? {
        if !(1...8192).contains(width) || !(1...8192).contains(height) {
            return "the input's size is not between 1 and 8192 pixels"
        }
        if mean.count != 3 || std.count != 3 { return "mean and std must have three numbers each" }
        if std.contains(where: { !($0 > 0) }) { return "a std is not positive" }
        if range.count != 2 || !(range[0] < range[1]) { return "range is not two rising numbers" }
        if let crop, !(0.01...1).contains(crop) { return "crop is not between 0.01 and 1" }
        if let batch, batch != 1 { return "batch is neither absent nor 1" }
        return nil
    }
}

extension DecodingError {
    fileprivate var sentence: String {
        func place(_ context: Context) -> String {
            context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        return switch self {
        case .keyNotFound(let key, let context):
            "'\((context.codingPath + [key]).map(\.stringValue).joined(separator: "."))' is missing."
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "'\(place(context))' is of the wrong type."
        case .dataCorrupted(let context):
            "'\(place(context))' cannot be understood; \(context.debugDescription)"
        @unknown default: "it cannot be understood."
        }
    }
}
