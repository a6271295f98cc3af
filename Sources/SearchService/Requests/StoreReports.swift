import FeatureStorage
public import Foundation

/// What a snapshot that was written, or restored, holds.
public struct SnapshotSummary: Sendable {
    /// The snapshot's file.
    public let path: String
    /// The id of the store.
    public let storeID: UUID
    /// The store's newest change.
    public let sequence: UInt64
    /// The length of the file in bytes.
    public let byteCount: Int
    /// How many collections there are.
    public let collectionCount: Int
    /// How many points they have.
    public let pointCount: Int
    /// How many vectors they have.
    public let vectorCount: Int
    /// The index files in it.
    public let indexFiles: [String]
    /// Which index files are not in it and why, a sentence each.
    public let warnings: [String]
    /// How long it took.
    public let seconds: Double

    init(_ report: SnapshotReport, seconds: Double) {
        path = report.path
        storeID = report.identifier
        sequence = report.sequence
        byteCount = report.byteCount
        collectionCount = report.counts.collections
        pointCount = report.counts.points
        vectorCount = report.counts.vectors
        indexFiles = report.indexFiles
        warnings = report.leftOut
        self.seconds = seconds
    }
}

/// What compacting a store gave.
public struct CompactionSummary: Sendable {
    /// The length of the data file before, in bytes.
    public let bytesBefore: Int
    /// Its length now.
    public let bytesAfter: Int
    /// How many entries of the change log no index needed any longer.
    public let changesTrimmed: UInt64
    /// How long it took.
    public let seconds: Double
}

/// What verifying a store or a snapshot gave.
public struct VerificationSummary: Sendable {
    /// The id of the store, or nil where it cannot be read.
    public let storeID: UUID?
    /// The format of the store, or nil where it cannot be read.
    public let format: UInt32?
    /// The store's newest change.
    public let sequence: UInt64
    /// How many collections there are.
    public let collectionCount: Int
    /// How many points they have.
    public let pointCount: Int
    /// How many vectors they have.
    public let vectorCount: Int
    /// How many indexes the catalogue names.
    public let indexCount: Int
    /// How many records were read.
    public let recordCount: Int
    /// How many pages they fill.
    public let pageCount: Int
    /// The length of the data file, or of the snapshot, in bytes.
    public let byteCount: Int
    /// What is wrong, a sentence each.
    public let faults: [String]
    /// How long it took.
    public let seconds: Double

    init(_ contents: StoreVerification, faults: [String], seconds: Double) {
        storeID = contents.identifier
        format = contents.format
        sequence = contents.sequence
        collectionCount = contents.collectionCount
        pointCount = contents.pointCount
        vectorCount = contents.vectorCount
        indexCount = contents.indexes.count
        recordCount = contents.recordCount
        pageCount = contents.pageCount
        byteCount = contents.byteCount
        self.faults = faults
        self.seconds = seconds
    }
}
