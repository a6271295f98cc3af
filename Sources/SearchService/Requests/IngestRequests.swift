public import ImageDecoding
public import VectorCore

/// Where the labels of images come from.
public enum LabelSource: Hashable, Sendable {
    /// The folder that directly holds the image, relative to the ingested one; none at its top.
    case folders
    /// A CSV file with the header `filename,label`.
    case file(String)
}

/// Layers that are chosen by number instead of by name.
public enum LayerSpread: Hashable, Sendable {
    /// Only those named, or each model's default layer.
    case none
    /// So many, spread evenly from the first map to the last, both in.
    ///
    /// Maps are the layers that have positions. Over all layers where a model has fewer maps.
    case evenly(Int)
    /// Every layer.
    case all
}

/// What the numbers of a new field's vectors are kept as.
public enum StoredElement: String, Hashable, Sendable, CaseIterable {
    /// Floats of 32 bits.
    case f32
    /// Floats of 16 bits, in half the space.
    case f16
}

/// A folder of images to take in.
public struct ImageIngestRequest: Sendable {
    /// The folder; it is searched with all its subfolders.
    public var folder: String
    /// The collection, made where it does not exist.
    public var collection: String
    /// Models by name; empty for the default model.
    public var models: [String]
    /// Layers by name, taken of every model that has them, or as `model/layer`.
    ///
    /// Empty for each model's default layer, unless `layerSpread` names some.
    public var layers: [String]
    /// Further layers, by number.
    public var layerSpread: LayerSpread
    /// `avg`, `max` or `flatten`; empty for each model's default.
    public var poolings: [String]
    /// Where labels come from.
    public var labels: LabelSource
    /// The metric that new fields have by default; nil for cosine.
    ///
    /// Fields that are there must have it, where it is named.
    public var metric: DistanceMetric?
    /// What the numbers of new fields are kept as.
    public var element: StoredElement
    /// Whether points are deleted whose file in the folder is gone.
    public var prune: Bool
    /// Whether to prune a folder that holds no image at all.
    public var allowsEmpty: Bool
    /// What one image may cost; one that costs more is reported as a failure.
    public var limits: ImageLimits
    /// How many threads decode and infer; nil for all cores.
    public var threads: Int?

    /// Makes a request for the default model, layer and pooling.
    public init(
        folder: String, collection: String, models: [String] = [], layers: [String] = [],
        layerSpread: LayerSpread = .none, poolings: [String] = [], labels: LabelSource = .folders,
        metric: DistanceMetric? = nil, element: StoredElement = .f32, prune: Bool = false,
        allowsEmpty: Bool = false, limits: ImageLimits = .usual, threads: Int? = nil
    ) {
        self.folder = folder
        self.collection = collection
        self.models = models
        self.layers = layers
        self.layerSpread = layerSpread
        self.poolings = poolings
        self.labels = labels
        self.metric = metric
        self.element = element
        self.prune = prune
        self.allowsEmpty = allowsEmpty
        self.limits = limits
        self.threads = threads
    }
}

/// How far an ingest or a build has come.
public struct WorkProgress: Sendable {
    /// How many items are done.
    public let done: Int
    /// How many there are.
    public let total: Int
    /// Items a second lately.
    public let rate: Double
    /// How long the rest will take.
    public let secondsLeft: Double
    /// How long it has taken.
    public let seconds: Double
}

/// An image that could not be taken in.
public struct ImageFailure: Sendable {
    /// The path relative to the ingested folder.
    public let path: String
    /// Why, in one sentence.
    public let reason: String
}

/// What an ingest of images is going to need.
public struct ImageIngestAnnouncement: Sendable {
    /// Images that networks run on.
    public let images: Int
    /// Vector fields that are filled.
    public let fields: Int
    /// Numbers that all vectors of one image have together.
    public let numbersPerImage: Int
    /// How many bytes the store grows by, about.
    public let storeBytes: Int
    /// How many bytes of memory the process takes at most, about.
    public let peakMemoryBytes: Int
    /// How many bytes are free on the store's disk.
    public let freeDiskBytes: Int
}

/// What an ingest of images did, or would do.
public struct ImageIngestReport: Sendable {
    /// The collection.
    public let collection: String
    /// The vector fields that were filled.
    public let fields: [String]
    /// What was announced before the work began.
    public let announced: ImageIngestAnnouncement
    /// Whether nothing was done, and the numbers say what would be.
    public let isRehearsal: Bool
    /// Images that became new points.
    public let added: Int
    /// Points whose file has other content now; all their vectors were made anew.
    public let updated: Int
    /// Points whose file has another path now; they kept their ids and vectors.
    public let moved: Int
    /// Points that were there and got vectors that they lacked, or another label.
    public let completed: Int
    /// Images whose points had all vectors already.
    public let present: Int
    /// Points that were deleted because their file is gone.
    public let pruned: Int
    /// Points whose file is gone and that were left.
    public let missing: Int
    /// Fields that this ingest does not fill, from which the vectors of updated points were removed.
    public let staleFields: [String]
    /// Files that hold no JPEG or PNG image and do not claim to by their name.
    public let notImages: Int
    /// Images that could not be taken in.
    public let failures: [ImageFailure]
    /// Wall-clock seconds of the whole.
    public let seconds: Double
    /// Images that were extracted, a second.
    public let imagesPerSecond: Double
    /// Thread-seconds spent reading, hashing, decoding and resizing.
    public let decodeSeconds: Double
    /// Thread-seconds spent in the networks.
    public let inferenceSeconds: Double
    /// Wall-clock seconds spent writing to the store, beside the other work.
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
    /// The metric that a new field has by default; nil for L2.
    ///
    /// A field that is there must have it, where it is named.
    public var metric: DistanceMetric?
    /// The id of the first row's point.
    public var firstID: UInt64
    /// A file with the rows' payloads, a JSON object a line; nil to leave payloads as they are.
    public var payloads: String?

    /// Makes a request.
    public init(
        file: String, collection: String, vector: String, metric: DistanceMetric? = nil,
        firstID: UInt64 = 0, payloads: String? = nil
    ) {
        self.payloads = payloads
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
    /// Rows whose points had the same vector already, and the same payload where one was given.
    public let present: Int
    /// How many numbers a vector has.
    public let dimension: Int
    /// How numbers are stored: `f32`, `f16` or `u8`.
    public let elementType: String
    /// Wall-clock seconds of the whole.
    public let seconds: Double
}
