public import JSON
public import VectorCore

/// What a vector field holds.
public struct FieldSummary: Sendable {
    /// The field's name.
    public let name: String
    /// How many numbers a vector has.
    public let dimension: Int
    /// How numbers are stored: `f32`, `f16` or `u8`.
    public let elementType: String
    /// The metric that indexes and searches use where they name none.
    public let metric: DistanceMetric
    /// What fills the field from images, such as `efficientnet-lite0/top_conv.avg`, or nil.
    public let extractor: String?
    /// How many points have a vector in this field.
    public let count: Int
}

/// What a collection holds.
public struct CollectionSummary: Sendable {
    /// The collection's name.
    public let name: String
    /// How many points there are.
    public let pointCount: Int
    /// The folder that the paths of its images are relative to, or nil.
    public let root: String?
    /// Its vector fields.
    public let fields: [FieldSummary]
}

/// A point as people see it.
public struct PointRecord: Sendable {
    /// The id, a number or a UUID.
    public let id: String
    /// The payload.
    public let payload: JSONValue
    /// The vectors that it has: field and dimension.
    public let vectors: [(field: String, dimension: Int)]
}

/// What a published index is.
public struct IndexSummary: Sendable {
    /// The collection that it belongs to.
    public let collection: String
    /// The vector field that it indexes.
    public let vector: String
    /// `flat`, `matrix` or `hnsw`.
    public let kind: String
    /// The metric of its distances.
    public let metric: DistanceMetric
    /// How many vectors it holds.
    public let count: Int
    /// The length of its file in bytes.
    public let fileByteCount: Int
    /// How long building took; reading, measuring and publishing left out.
    public let buildSeconds: Double
    /// How long it took to measure how well searches find, while it was built; 0 where that was left out.
    public let measuringSeconds: Double
    /// What it was built with, such as `m 16, efConstruction 200`.
    public let parameters: String
    /// The change of the store that it was built at.
    public let sequence: UInt64
    /// How many changes the store has seen since; searches take them into account.
    public let changesSince: UInt64
    /// Where its file lies.
    public let path: String
    /// How large a share of the true neighbours searches find, by setting; nil where that has not been
    /// measured, where the kind is exact, and where the file cannot be read.
    public let operatingPoints: RecallTable?
}

/// What tuning an index gave.
public struct TuneReport: Sendable {
    /// The index, with the operating points that searches of it now read.
    public let index: IndexSummary
    /// How long measuring took.
    public let seconds: Double
}

/// What checking one index file gave.
public struct IndexVerification: Sendable {
    /// The index.
    public let index: IndexSummary
    /// What is wrong with the file, in one sentence, or nil where it is sound.
    public let fault: String?
}
