/// What makes a vector of an image: a model, one of its layers, and a pooling.
///
/// Written `model/layer.pooling`, for example `efficientnet-lite0/top_conv.avg`. A layer's name may
/// have slashes and dots in it; a model's has no slash.
public struct Extractor: Hashable, Sendable, CustomStringConvertible {
    /// The model's name in the catalogue.
    public let model: String
    /// The layer's name in the model's manifest.
    public let layer: String
    /// How the layer's map becomes a vector.
    public let pooling: Pooling

    /// Names an extractor by its parts.
    public init(model: String, layer: String, pooling: Pooling) {
        self.model = model
        self.layer = layer
        self.pooling = pooling
    }

    /// Reads what ``description`` writes.
    ///
    /// - Throws: ``ExtractionError`` with `invalidExtractor`.
    public init(_ text: String) throws(ExtractionError) {
        let poolings = Pooling.allCases.map(\.rawValue).joined(separator: ", ")
        guard let slash = text.firstIndex(of: "/"), let dot = text.lastIndex(of: "."),
            slash < dot,
            let pooling = Pooling(rawValue: String(text[text.index(after: dot)...])),
            slash > text.startIndex, text.index(after: slash) < dot
        else {
            throw ExtractionError(
                .invalidExtractor,
                "'\(text)' names no extractor; write model/layer.pooling, "
                    + "where pooling is one of \(poolings).")
        }
        self.init(
            model: String(text[..<slash]), layer: String(text[text.index(after: slash)..<dot]),
            pooling: pooling)
    }

    /// The extractor as `model/layer.pooling`.
    public var description: String { "\(model)/\(layer).\(pooling.rawValue)" }
}
