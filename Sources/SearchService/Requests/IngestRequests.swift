public import VectorCore

/// Where the labels of images come from.
public enum LabelSource: Hashable, Sendable {
    /// The folder that directly holds the image, relative to the ingested one; none at its top.
    case folders
    /// A CSV file with the header `filename,label`.
    case file(String)
}

/// A folder of images to take in.
public struct ImageIngestRequest: Sendable {
    /// The folder; it is searched with all its subfolders.
    public var folder: String
    /// The collection, made where it does not exist.
    public var collection: String
    /// Models by name; empty for the default model.
    public var models: [String]
    /// Layers by name; empty for each model's default layer.
    public var layers: [String]
    /// `avg`, `max` or `flatten`; empty for each model's default.
    public var poolings: [String]
    /// Where labels come from.
    public var labels: LabelSource
    /// The metric that the new fields have by default.
    public var metric: DistanceMetric
    /// How many threads decode and infer; nil for all cores.
    public var threads: Int?

    /// Makes a request for the default model, layer and pooling.
    public init(
        folder: String, collection: String, models: [String] = [], layers: [String] = [],
        poolings: [String] = [], labels: LabelSource = .folders, metric: DistanceMetric = .cosine,
        threads: Int? = nil
    ) {
        self.folder = folder
        self.collection = collection
        self.models = models
        self.layers = layers
        self.poolings = poolings
        self.labels = labels
        self.metric = metric
        self.threads = threads
    }
}

/// How far an ingest or a build has come.
public struct WorkProgress: Sendable {
    /// How many items are done.
    public let done: Int
    /// How many there are.
    public let total: Int
    /// Items a second since the start.
    public let rate: Double
    /// How long the rest will take at that rate.
    public let secondsLeft: Double
}

/// An image that could not be taken in.
public struct ImageFailure: Sendable {
    /// The path relative to the ingested folder.
    public let path: String
    /// Why, in one sentence.
    public let reason: String
}

/// What an ingest of images did.
public struct ImageIngestReport: Sendable {
    /// The collection.
    public let collection: String
    /// The vector fields that were filled.
    public let fields: [String]
    /// Images that became new points.
    public let added: Int
    /// Points that were there and got vectors that they lacked, or another label.
    public let completed: Int
    /// Images whose points had all vectors already.
    public let present: Int
    /// Files that hold no JPEG or PNG image and do not claim to by their name.
    public let notImages: Int
    /// Images that could not be taken in.
    public let failures: [ImageFailure]
    /// Wall-clock seconds of the whole.
    public let seconds: Double
    /// Images that were extracted, a second.
    public let imagesPerSecond: Double
    /// Thread-seconds spent reading, decoding and resizing.
    public let decodeSeconds: Double
    /// Thread-seconds spent in the network.
    public let inferenceSeconds: Double
    /// Wall-clock seconds spent writing to the store.
    public let storeSeconds: Double
}

/// A file of vectors to take in; a vector's row in the file becomes its point's id.
public struct VectorIngestRequest: Sendable {
    /// A .npy, .fvecs, .bvecs or IDX file, the last also gzipped.
    public var file: String
    /// The collection, made where it does not exist.
    public var collection: String
    /// The vector field, made where it does not exist.
    public var vector: String
    /// The metric that the field has by default.
    public var metric: DistanceMetric
    /// The id of the first row's point.
    public var firstID: UInt64

    /// Makes a request.
    public init(
        file: String, collection: String, vector: String, metric: DistanceMetric = .l2,
        firstID: UInt64 = 0
    ) {
        self.file = file
        self.collection = collection
        self.vector = vector
        self.metric = metric
        self.firstID = firstID
    }
}

/// What an ingest of vectors did.
public struct VectorIngestReport: Sendable {
    /// The collection.
    public let collection: String
    /// The vector field.
    public let vector: String
    /// Rows that were written.
    public let added: Int
    /// Rows whose points had the same vector already.
    public let present: Int
    /// How many numbers a vector has.
    public let dimension: Int
    /// How numbers are stored: `f32`, `f16` or `u8`.
    public let elementType: String
    /// Wall-clock seconds of the whole.
    public let seconds: Double
}
