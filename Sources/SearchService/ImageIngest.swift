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

/// The images that a collection holds before an ingest, by path.
struct PresentImages {
    struct Image {
        let id: PointID
        var payload: JSONObject
        /// The fields in which it has a vector.
        var fields: Set<String>
    }

    private(set) var points: [String: Image] = [:]
    /// The number that the next new image gets as its id.
    private(set) var nextID: UInt64 = 0

    init(
        _ transaction: borrowing ReadTransaction, _ collection: StoredCollection
    ) throws(StorageError) {
        guard try transaction.pointCount(of: collection) > 0 else { return }
        var paths: [PointNumber: String] = [:]
        var payloads: [PointNumber: JSONObject] = [:]
        try transaction.forEachPayload(of: collection) { number, payload throws(StorageError) in
            if let path = payload["path"]?.stringValue {
                paths[number] = path
                payloads[number] = payload
            }
            return true
        }
        try transaction.forEachPoint(of: collection) { id, number throws(StorageError) in
            if case .number(let value) = id {
                guard value < .max else {
                    throw StorageError(
                        .invalidParameter,
                        "The collection uses the largest id there is, so images cannot be numbered on; "
                            + "use another collection.")
                }
                nextID = max(nextID, value + 1)
            }
            if let path = paths[number] {
                points[path] = Image(id: id, payload: payloads[number] ?? [:], fields: [])
            }
            return true
        }
        for field in try transaction.fields(of: collection) {
            for number in try transaction.numbersWithVector(of: field) {
                if let path = paths[number] { points[path]?.fields.insert(field.name) }
            }
        }
    }

    /// Notes a new image and gives it an id.
    ///
    /// - Throws: ``ServiceError`` with `invalidRequest` where ids have run out.
    mutating func add(_ path: String) throws(ServiceError) -> PointID {
        guard nextID < .max else {
            throw ServiceError(
                .invalidRequest, "The collection has no ids left; use another collection.")
        }
        let id = PointID.number(nextID)
        nextID += 1
        points[path] = Image(id: id, payload: [:], fields: [])
        return id
    }
}

/// Gathers extracted images and writes them many at a time, each group in one transaction.
private struct ImageWriter {
    let engine: Engine
    let collection: StoredCollection
    var present: PresentImages
    let prefix: String
    let labels: ImageLabels
    var outcome = ImageIngest.Outcome()

    private var waiting: [Change] = []
    private var waitingBytes = 0
    private var failed: Set<String> = []

    /// A sync costs about as much as extracting one image, so it is shared by as many as this.
    private static let groupCount = 64
    private static let groupBytes = 32 << 20

    private enum Change: Sendable {
        case add(Point)
        case complete(PointID, [String: VectorData])
        case label(PointID, JSONObject)
    }

    init(
        engine: Engine, collection: StoredCollection, present: PresentImages, prefix: String,
        labels: ImageLabels
    ) {
        self.engine = engine
        self.collection = collection
        self.present = present
        self.prefix = prefix
        self.labels = labels
    }

    mutating func take(
        _ images: [ExtractedImage], of files: [String], _ fields: [String]
    ) throws(ServiceError) {
        for image in images {
            let file = files[image.index]
            switch image.outcome {
            case .failure(let error):
                guard failed.insert(file).inserted else { continue }
                outcome.failures.append(ImageFailure(path: file, reason: error.message))
            case .success(let features):
                try add(features, file, fields)
            }
        }
        if waiting.count >= Self.groupCount || waitingBytes >= Self.groupBytes { try flush() }
    }

    private mutating func add(
        _ features: ExtractedImage.Features, _ file: String, _ fields: [String]
    ) throws(ServiceError) {
        var vectors: [String: VectorData] = [:]
        for (field, vector) in zip(fields, features.vectors) {
            vectors[field] = .f32(vector)
            waitingBytes += 4 * vector.count
        }
        let path = prefix + file
        if let image = present.points[path] {
            waiting.append(.complete(image.id, vectors))
            outcome.completed += 1
            return
        }
        var payload: JSONObject = ["path": .string(path)]
        if let label = labels.label(of: file) { payload["label"] = .string(label) }
        payload["width"] = .integer(Int64(features.width))
        payload["height"] = .integer(Int64(features.height))
        waiting.append(
            .add(Point(id: try present.add(path), payload: payload, vectors: vectors)))
        outcome.added += 1
    }

    /// Gives images that are there the labels that they should have now.
    mutating func relabel(_ files: [String]) throws(ServiceError) {
        for file in files {
            guard let image = present.points[prefix + file], let label = labels.label(of: file)
            else { continue }
            var payload = image.payload
            payload["label"] = .string(label)
            waiting.append(.label(image.id, payload))
            outcome.completed += 1
            if waiting.count >= Self.groupCount { try flush() }
        }
        try flush()
    }

    mutating func flush() throws(ServiceError) {
        guard !waiting.isEmpty else { return }
        let clock = Stopwatch()
        let changes = waiting
        let collection = collection
        try engine.write { transaction throws(StorageError) in
            for change in changes {
                switch change {
                case .add(let point):
                    try transaction.upsert(point, into: collection)
                case .complete(let id, let vectors):
                    try transaction.setVectors(
                        vectors.mapValues { $0 }, of: id, in: collection)
                case .label(let id, let payload):
                    try transaction.setPayload(payload, of: id, in: collection)
                }
            }
        }
        waiting = []
        waitingBytes = 0
        outcome.storeSeconds += clock.seconds
    }
}
