import FeatureExtraction
import FeatureStorage
import ImageDecoding
import JSON
import VectorCore

/// One ingest of images: what is there already, what is to be done, and the doing of it.
struct ImageIngest {
    private let source: ImageIngestSource
    /// What the paths of this folder begin with when they are relative to the collection's root.
    private let prefix: String
    private(set) var plan: ImageIngestPlan
    private let pipeline: ExtractionPipeline

    /// What an ingest did.
    struct Outcome {
        var added = 0
        var updated = 0
        var moved = 0
        var completed = 0
        var pruned = 0
        /// Fields that lost the vectors of updated images, since this ingest does not fill them.
        var stale: Set<String> = []
        var failures: [ImageFailure] = []
        var rate = 0.0
        var decodeSeconds = 0.0
        var inferenceSeconds = 0.0
        var storeSeconds = 0.0
    }

    /// Looks at what the collection holds and decides what is to be done; nothing is written.
    ///
    /// - Throws: ``ServiceError`` with `invalidRequest` where the collection holds images of another
    ///   folder, or a field has another metric; or where the store cannot be read.
    /// - Parameter engine: the store, or nil where there is none yet.
    init(engine: Engine?, source: ImageIngestSource) throws(ServiceError) {
        self.source = source
        let name = source.request.collection
        let collection = try engine?.read { transaction throws(StorageError) in
            try transaction.collection(named: name)
        }
        guard let engine, let collection else {
            prefix = ""
            plan = ImageIngestPlan(
                source, PresentImages(absent: source.listing), threads: source.threads)
            pipeline = Self.pipeline(source)
            return
        }
        let root = collection.imageRoot ?? source.folder
        let prefix = try Self.prefix(of: source.folder, in: collection)
        try Self.requireMetric(source, collection, engine)
        let present = try engine.read { transaction throws(StorageError) in
            try PresentImages(
                transaction, collection, source.listing, root: root, prefix: prefix,
                labels: source.labels, fields: source.fieldsByModel)
        }
        self.prefix = prefix
        plan = ImageIngestPlan(source, present, threads: source.threads)
        pipeline = Self.pipeline(source)
    }

    private static func pipeline(_ source: ImageIngestSource) -> ExtractionPipeline {
        ExtractionPipeline(
            extractors: source.extractors, threads: source.threads, limits: source.request.limits)
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

    private static func requireMetric(
        _ source: ImageIngestSource, _ collection: StoredCollection, _ engine: Engine
    ) throws(ServiceError) {
        guard let metric = source.request.metric else { return }
        for (name, _) in source.fields {
            try engine.requireMetric(metric, ofField: name, in: collection)
        }
    }

    /// Writes what has changed, extracts what is missing, and deletes what is gone where that was
    /// asked for.
    ///
    /// - Throws: ``ServiceError`` where a network cannot run or the store cannot be written.
    func run(
        on engine: Engine, progress: (@Sendable (WorkProgress) -> Void)?
    ) throws(ServiceError) -> Outcome {
        let collection = try makeFields(on: engine)
        let clock = Stopwatch()
        var writer = ImageWriter(
            engine: engine, collection: collection, source: source, prefix: prefix,
            nextID: plan.present.nextID)
        try amend(&writer)
        if source.request.prune {
            for number in plan.gone { try writer.delete(number) }
            try writer.flush()
        }
        guard !plan.work.isEmpty else { return writer.outcome }
        let (source, work, entries) = (source, plan.work, plan.present.entries)
        var meter = WorkMeter(plan: plan, source: source)
        do {
            let timings = try pipeline.run(
                count: work.count,
                models: { index in source.missing(entries[work[index]]) },
                read: { index in try source.bytes(of: work[index]) },
                deliver: { images, soFar in
                    for image in images {
                        let file = work[image.index]
                        try writer.take(image, of: file, entries[file])
                        meter.note(file, entries[file])
                    }
                    progress?(meter.progress(soFar))
                })
            try writer.flush()
            writer.outcome.decodeSeconds = timings.decodeSeconds
            writer.outcome.inferenceSeconds = timings.inferenceSeconds
        } catch {
            throw ServiceError(error, path: source.folder)
        }
        writer.outcome.rate = Double(work.count) / max(clock.seconds, 1e-9)
        return writer.outcome
    }

    /// Makes the collection and its fields where they are missing.
    private func makeFields(on engine: Engine) throws(ServiceError) -> StoredCollection {
        let (name, folder) = (source.request.collection, source.folder)
        let (fields, element) = (source.fields, source.request.element.stored)
        let metric = source.request.metric ?? .cosine
        return try engine.write { transaction throws(StorageError) in
            let collection = try transaction.ensureCollection(named: name, imageRoot: folder)
            let rooted =
                try collection.imageRoot == nil
                ? transaction.setImageRoot(folder, of: collection) : collection
            for (field, dimension) in fields {
                _ = try transaction.ensureField(
                    named: field, dimension: dimension, elementType: element, metric: metric,
                    extractor: field, of: rooted)
            }
            return rooted
        }
    }

    /// Writes the payloads that differ though no network need run.
    private func amend(_ writer: inout ImageWriter) throws(ServiceError) {
        let entries = plan.present.entries
        for file in plan.amended where !entries[file].marks.contains(.lacksFacts) {
            try writer.amend(file, entries[file], hash: plan.hashes[file])
        }
        // Points of earlier versions get their facts without another extraction.
        let lacking = plan.amended.filter { entries[$0].marks.contains(.lacksFacts) }
        for start in stride(from: 0, to: lacking.count, by: 1024) {
            let files = Array(lacking[start..<min(start + 1024, lacking.count)])
            for (file, result) in zip(files, source.hashes(of: files, threads: source.threads)) {
                switch result {
                case .success(let hash):
                    try writer.amend(file, entries[file], hash: hash)
                case .failure(let error):
                    writer.outcome.failures.append(
                        ImageFailure(path: source.listing.paths[file], reason: error.message))
                }
            }
        }
        try writer.flush()
    }

    /// Runs the networks once as they will run, and tells what the ingest is going to need.
    ///
    /// - Throws: ``ServiceError`` where a network cannot run, or the disk's free space cannot be read.
    func announcement(store: String) throws(ServiceError) -> ImageIngestAnnouncement {
        if !plan.work.isEmpty {
            do throws(ExtractionError) {
                try pipeline.rehearse()
            } catch {
                throw ServiceError(error, path: source.folder)
            }
        }
        return try ImageIngestEstimate(source, plan, pipeline).announcement(store: store)
    }
}

extension ImageIngestSource {
    /// The models that a file's point still lacks, a bit each.
    func missing(_ entry: PresentImages.Entry) -> UInt64 {
        entry.isPresent && !entry.marks.contains(.changed) ? allModels & ~entry.done : allModels
    }
}
