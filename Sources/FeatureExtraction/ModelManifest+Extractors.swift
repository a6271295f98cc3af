internal import ONNXGraph

extension ModelManifest {
    /// The extractor that a layer's and a pooling's names mean for this model.
    ///
    /// - Parameters:
    ///   - layer: the layer's name; nil means the default layer.
    ///   - pooling: nil means the default pooling.
    /// - Throws: ``ExtractionError`` with `unknownLayer`, naming the likeliest layers.
    public func extractor(
        layer: String? = nil, pooling: Pooling? = nil
    ) throws(ExtractionError) -> Extractor {
        let found = try self.layer(named: layer ?? defaultLayer)
        return Extractor(model: name, layer: found.name, pooling: pooling ?? defaultPooling)
    }

    /// The layer of a name.
    ///
    /// - Throws: ``ExtractionError`` with `unknownLayer`, naming the likeliest layers.
    public func layer(named wanted: String) throws(ExtractionError) -> Layer {
        if let found = layers.first(where: { $0.name == wanted }) { return found }
        throw ExtractionError(
            .unknownLayer,
            "The model '\(name)' has no layer '\(wanted)'; "
                + NameSuggestions.sentence(for: wanted, among: layers.map(\.name)))
    }
}
