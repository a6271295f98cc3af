import FeatureExtraction
import FeatureStorage
import JSON

/// Gathers extracted images and writes them many at a time, each group in one transaction.
struct ImageWriter {
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
