import FeatureExtraction

/// A model that images can be ingested with.
public struct ModelSummary: Sendable {
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
    /// The layer that is used where none is named.
    public let defaultLayer: String
    /// The pooling that is used where none is named.
    public let defaultPooling: String
    /// The layers that can be extracted: name, operator, shape without the batch.
    public let layers: [(name: String, operator: String, shape: [Int])]
}

extension Engine {
    /// The model that an ingest uses where it names none.
    public static let defaultModel = "efficientnet-lite0-288"

    /// The models that are installed.
    ///
    /// - Throws: ``ServiceError`` with `unavailable` where there is none.
    public static func models() throws(ServiceError) -> [ModelSummary] {
        let catalog = ModelCatalog.installed()
        guard !catalog.models.isEmpty else {
            let reason = catalog.rejected.first.map { " \($0.error.message)" } ?? ""
            throw ServiceError(
                .unavailable, "No model is installed; run Tools/setup.\(reason)")
        }
        return catalog.models.map { model in
            let manifest = model.manifest
            return ModelSummary(
                name: manifest.name, description: manifest.description, source: manifest.source,
                licence: manifest.licence, path: model.path, defaultLayer: manifest.defaultLayer,
                defaultPooling: manifest.defaultPooling.rawValue,
                layers: manifest.layers.map { ($0.name, $0.operator, $0.shape) })
        }
    }
}
