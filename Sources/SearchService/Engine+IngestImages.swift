import FeatureExtraction
import FeatureStorage
import Foundation
import JSON
import Synchronization
import VectorCore

extension Engine {
    /// Takes in the images of a folder: features of the layers asked for, and where each image is.
    ///
    /// Images whose points have all the vectors already are left alone but for a label that has
    /// changed, so a run that was cut off is completed by the same request. An image that cannot be used is reported and the others go on.
    ///
    /// - Parameters:
    ///   - request: what to take in.
    ///   - progress: told after every few images.
    /// - Throws: ``ServiceError`` with `inputOutput` where the folder cannot be read, `invalidData`
    ///   where it holds no image, `notFound` for an unknown model or layer, `unavailable` where the
    ///   network's runtime is not installed.
    public func ingestImages(
        _ request: ImageIngestRequest, progress: (@Sendable (WorkProgress) -> Void)? = nil
    ) throws(ServiceError) -> ImageIngestReport {
        let clock = Stopwatch()
        let folder = URL(fileURLWithPath: request.folder).standardizedFileURL.path
        let files = try ImageFolder(folder)
        let labels = try ImageLabels(request.labels)
        guard !files.images.isEmpty else {
            let broken = files.failures.first.map { " For \($0.path): \($0.reason)" } ?? ""
            throw ServiceError(
                .invalidData, "There is no JPEG or PNG image in \(request.folder).\(broken)")
        }
        let extractors = try ModelExtractors.chosen(by: request)
        try labels.requireMatch(among: files.images, in: request.folder)
        let (ingest, outcome) = try exclusive.withLock { _ throws(ServiceError) in
            let ingest = try ImageIngest(
                engine: self, request: request, folder: folder, files: files.images,
                labels: labels, extractors: extractors)
            return (ingest, try ingest.run(progress: progress))
        }
        return ImageIngestReport(
            collection: request.collection, fields: ingest.fieldNames, added: outcome.added,
            completed: outcome.completed, present: ingest.presentCount,
            notImages: files.otherCount,
            failures: files.failures + outcome.failures, seconds: clock.seconds,
            imagesPerSecond: outcome.rate, decodeSeconds: outcome.decodeSeconds,
            inferenceSeconds: outcome.inferenceSeconds, storeSeconds: outcome.storeSeconds)
    }
}

/// The layers of one model that an ingest takes, in one pass over the images.
struct ModelExtractors {
    let features: FeatureExtractor

    /// The fields that they fill, in the order of the vectors.
    var fieldNames: [String] { features.extractors.map(\.description) }

    /// Loads the models that a request names, with its layers and poolings.
    ///
    /// - Throws: ``ServiceError`` with `notFound`, `invalidRequest` or `unavailable`.
    static func chosen(by request: ImageIngestRequest) throws(ServiceError) -> [ModelExtractors] {
        do {
            let catalog = ModelCatalog.installed()
            let names = request.models.isEmpty ? [Engine.defaultModel] : request.models
            return try names.map { name in
                let model = try catalog.model(named: name)
                let poolings: [Pooling?] =
                    try request.poolings.isEmpty ? [nil] : request.poolings.map(pooling)
                let layers: [String?] = request.layers.isEmpty ? [nil] : request.layers
                let extractors = try layers.flatMap { layer in
                    try poolings.map { pooling in
                        try model.manifest.extractor(layer: layer, pooling: pooling)
                    }
                }
                return ModelExtractors(
                    features: try FeatureExtractor(model: model, extractors: extractors))
            }
        } catch {
            throw ServiceError(error, path: request.folder)
        }
    }

    private static func pooling(_ name: String) throws -> Pooling {
        guard let pooling = Pooling(rawValue: name) else {
            let known = Pooling.allCases.map(\.rawValue).joined(separator: ", ")
            throw ServiceError(
                .invalidRequest, "“\(name)” is no pooling; the poolings are \(known).")
        }
        return pooling
    }
}
