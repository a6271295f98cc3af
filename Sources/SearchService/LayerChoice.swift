import FeatureExtraction

/// Which layers of which models a request means.
struct LayerChoice {
    private let request: ImageIngestRequest

    init(_ request: ImageIngestRequest) {
        self.request = request
    }

    /// Loads the models with the layers and poolings that are meant, each in one network.
    ///
    /// - Throws: ``ServiceError`` with `notFound`, `invalidRequest` or `unavailable`.
    func extractors() throws(ServiceError) -> [FeatureExtractor] {
        do {
            let catalog = ModelCatalog.installed()
            let asked = request.models.isEmpty ? [Engine.defaultModel] : request.models
            let models = try asked.uniqued().map { try catalog.model(named: $0) }
            guard models.count <= 64 else {
                throw ServiceError(
                    .invalidRequest, "\(models.count) models are too many; give at most 64 at once."
                )
            }
            let manifests = models.map(\.manifest)
            try requireUsed(among: manifests)
            let poolings = try self.poolings()
            return try models.map { model in
                let layers = try layers(of: model.manifest, isAlone: models.count == 1)
                let extractors = try layers.flatMap { layer in
                    try poolings.map { try model.manifest.extractor(layer: layer, pooling: $0) }
                }
                return try FeatureExtractor(model: model, extractors: extractors.uniqued())
            }
        } catch {
            throw ServiceError(error, path: request.folder)
        }
    }

    /// The layers of one model: those named, and so many spread over it; nil is its default.
    private func layers(
        of manifest: ModelManifest, isAlone: Bool
    ) throws -> [String?] {
        var chosen: Set<String> = []
        for layer in request.layers {
            if let own = Self.own(layer, of: manifest) {
                chosen.insert(own)
            }
            // With one model an unknown layer is answered by names that are like it.
            else if isAlone {
                _ = try manifest.layer(named: layer)
            }
        }
        switch request.layerSpread {
        case .none: break
        case .all: chosen.formUnion(manifest.layers.map(\.name))
        case .evenly(let count):
            // What comes after the last map, a classifier's end, is no layer to compare others with.
            let maps = manifest.layers.filter(\.isMap)
            let layers = maps.count >= count ? maps : manifest.layers
            let places = try Self.evenly(count, of: layers.count, manifest.name)
            chosen.formUnion(places.map { layers[$0].name })
        }
        if chosen.isEmpty, request.layers.isEmpty { return [nil] }
        guard !chosen.isEmpty else {
            throw ServiceError(
                .invalidRequest,
                "None of the layers named is of the model “\(manifest.name)”; name one as "
                    + "\(manifest.name)/LAYER, or leave the model out.")
        }
        return manifest.layers.map(\.name).filter(chosen.contains)
    }

    /// Throws for a layer that no model has.
    private func requireUsed(among manifests: [ModelManifest]) throws {
        for layer in request.layers
        where manifests.allSatisfy({ Self.own(layer, of: $0) == nil }) && manifests.count > 1 {
            let names = manifests.map(\.name).joined(separator: ", ")
            throw ServiceError(
                .notFound,
                "None of the models \(names) has a layer “\(layer)”; 'likeness models show' lists "
                    + "their layers.")
        }
    }

    /// A layer by its name, or by `model/layer`, where the model has it.
    private static func own(_ layer: String, of manifest: ModelManifest) -> String? {
        let names = manifest.layers.lazy.map(\.name)
        if names.contains(layer) { return layer }
        let prefix = manifest.name + "/"
        guard layer.hasPrefix(prefix) else { return nil }
        let rest = String(layer.dropFirst(prefix.count))
        return names.contains(rest) ? rest : nil
    }

    /// Places spread evenly from the first to the last, both in; one place alone is the last.
    static func evenly(_ count: Int, of total: Int, _ model: String) throws(ServiceError) -> [Int] {
        guard (1...total).contains(count) else {
            throw ServiceError(
                .invalidRequest,
                "The model “\(model)” has \(total) layers, so \(count) cannot be taken; give 1 to "
                    + "\(total), or all.")
        }
        guard count > 1 else { return [total - 1] }
        return (0..<count).map { (2 * $0 * (total - 1) + count - 1) / (2 * (count - 1)) }
    }

    private func poolings() throws(ServiceError) -> [Pooling?] {
        guard !request.poolings.isEmpty else { return [nil] }
        var poolings: [Pooling?] = []
        for name in request.poolings.uniqued() {
            guard let pooling = Pooling(rawValue: name) else {
                let known = Pooling.allCases.map(\.rawValue).joined(separator: ", ")
                throw ServiceError(
                    .invalidRequest, "“\(name)” is no pooling; the poolings are \(known).")
            }
            poolings.append(pooling)
        }
        return poolings
    }
}

extension Array where Element: Hashable {
    /// The elements in order, each once.
    fileprivate func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
