import FeatureExtraction
import FeatureStorage
import ImageDecoding
import JSON
import Synchronization
import VectorCore

/// One ingest of images: what is there already, what is to be done, and the writing of it.
struct ImageIngest {
    private let engine: Engine
    private let folder: String
    private let labels: ImageLabels
    private let extractors: [ModelExtractors]
    private let threads: Int?
    private let files: [String]
    private let collection: StoredCollection
    /// What the paths of this folder begin with when they are relative to the collection's root.
    private let prefix: String
    private let present: PresentImages

    /// The fields that are filled.
    let fieldNames: [String]

    /// How many images had all their vectors before.
    var presentCount: Int {
        files.count { file in
            present.points[prefix + file].map {
                $0.fields.isSuperset(of: fieldNames) && !needsLabel($0, file)
            } ?? false
        }
    }

    /// Whether an image that is there has another label now.
    private func needsLabel(_ image: PresentImages.Image, _ file: String) -> Bool {
        labels.label(of: file).map { $0 != image.payload["label"]?.stringValue } ?? false
    }

    /// What an ingest did.
    struct Outcome {
        var added = 0
        var completed = 0
        var failures: [ImageFailure] = []
        var rate = 0.0
        var decodeSeconds = 0.0
        var inferenceSeconds = 0.0
        var storeSeconds = 0.0
    }

    /// Makes the collection and its fields where they are missing, and looks at what it holds.
    init(
        engine: Engine, request: ImageIngestRequest, folder: String, files: [String],
        labels: ImageLabels, extractors: [ModelExtractors]
    ) throws(ServiceError) {
        self.engine = engine
        self.folder = folder
        self.files = files
        self.labels = labels
        self.extractors = extractors
        threads = request.threads
        let fields = extractors.flatMap { model in
            zip(model.fieldNames, model.features.dimensions).map { ($0, $1) }
        }
        fieldNames = fields.map(\.0)
        let name = request.collection
        let metric = request.metric
        let collection = try engine.write { transaction throws(StorageError) in
            let collection = try transaction.ensureCollection(named: name, imageRoot: folder)
            let rooted =
                try collection.imageRoot == nil
                ? transaction.setImageRoot(folder, of: collection) : collection
            for (field, dimension) in fields {
                _ = try transaction.ensureField(
                    named: field, dimension: dimension, elementType: .f32, metric: metric,
                    extractor: field, of: rooted)
            }
            return rooted
        }
        self.collection = collection
        prefix = try Self.prefix(of: folder, in: collection)
        present = try engine.read { transaction throws(StorageError) in
            try PresentImages(transaction, collection)
        }
    }

    private static func prefix(
        of folder: String, in collection: StoredCollection
    ) throws(ServiceError) -> String {
        let root = collection.imageRoot ?? folder
        if folder == root { return "" }
        let inside = root.hasSuffix("/") ? root : root + "/"
        guard folder.hasPrefix(inside) else {
            throw ServiceError(
                .invalidRequest,
                "The collection “\(collection.name)” holds images of \(root), and \(folder) is not "
                    + "in it; use another collection.")
        }
        return folder.dropFirst(inside.count) + "/"
    }

    /// Extracts and writes what is missing, one model after another.
    ///
    /// - Throws: ``ServiceError`` where the network cannot run or the store cannot be written.
    func run(progress: (@Sendable (WorkProgress) -> Void)?) throws(ServiceError) -> Outcome {
        let todo = extractors.map { model in
            files.filter { file in
                present.points[prefix + file].map { !$0.fields.isSuperset(of: model.fieldNames) }
                    ?? true
            }
        }
        let total = todo.reduce(0) { $0 + $1.count }
        let clock = Stopwatch()
        var writer = ImageWriter(
            engine: engine, collection: collection, present: present, prefix: prefix,
            labels: labels)
        try writer.relabel(
            files.filter { file in
                present.points[prefix + file].map { needsLabel($0, file) } ?? false
            })
        var done = 0
        for (model, files) in zip(extractors, todo) where !files.isEmpty {
            do {
                let folder = folder
                let before = done
                let timings = try ExtractionPipeline(
                    extractor: model.features, threads: threads
                ).run(
                    count: files.count,
                    read: { index in
                        try ImageFile.bytes(of: "\(folder)/\(files[index])")
                    },
                    deliver: { images in
                        try writer.take(images, of: files, model.fieldNames)
                        done += images.count
                        progress?(clock.progress(done: done, total: total))
                    })
                try writer.flush()
                precondition(done - before == files.count)
                writer.outcome.decodeSeconds += timings.decodeSeconds
                writer.outcome.inferenceSeconds += timings.inferenceSeconds
            } catch {
                throw ServiceError(error, path: folder)
            }
        }
        writer.outcome.rate = total == 0 ? 0 : Double(total) / max(clock.seconds, 1e-9)
        return writer.outcome
    }
}
