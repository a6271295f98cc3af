public import IndexDefinitions
public import MappedStorage
public import VectorCore

/// An index with the store's numbers of its rows and the change of the store that it was built at.
public struct IndexSnapshot: Sendable {
    /// The index.
    public let index: any FileBackedIndex
    /// The store's internal number of every row, ascending.
    public let points: [UInt64]
    /// Which store the vectors came from.
    public let environment: EnvironmentID
    /// Up to which change of the store the index knows the vectors.
    public let sequence: UInt64
    /// The length of the file that it is kept in, or 0 where it is not in one.
    public let fileByteCount: Int
    /// The checksum of the file that it is kept in, or nil where it is not in one.
    public let checksum: UInt32?

    /// Joins an index that has just been built with what the store knows.
    ///
    /// - Precondition: one point a row.
    public init(
        index: any FileBackedIndex, points: [UInt64], environment: EnvironmentID, sequence: UInt64
    ) {
        precondition(points.count == index.count)
        self.index = index
        self.points = points
        self.environment = environment
        self.sequence = sequence
        self.fileByteCount = 0
        self.checksum = nil
    }

    /// Writes the snapshot and publishes it under `path` in one step.
    ///
    /// - Returns: the file's length and checksum.
    /// - Throws: ``IndexError`` with `system`; as to what is published then, see
    ///   ``IndexFileWriter/finish()``.
    public func publish(at path: String) throws(IndexError) -> PublishedFile {
        var writer = try IndexFileWriter(
            path: path,
            header: IndexFileHeader(
                kind: index.kind.rawValue, metric: index.metric, count: index.count,
                dimension: index.dimension, environment: environment, sequence: sequence),
            isOfStore: true)
        try writer.section("points") { sink throws(IndexError) in try sink.write(points) }
        try index.writeSections(to: &writer)
        return try writer.finish()
    }

    /// Opens a published snapshot and checks it, as ``IndexCatalog/read(_:checkingAtOnce:)`` does.
    ///
    /// - Parameters:
    ///   - path: where it was published.
    ///   - environment: the store that it must belong to.
    ///   - access: what the index is to lie in.
    /// - Throws: ``IndexError`` with `damagedFile` where the file is missing, altered or of another
    ///   store, `system` where it cannot be read.
    /// - Complexity: O(bytes)
    public init(
        opening path: String, environment: EnvironmentID,
        access: IndexFileReader.Access = .loaded
    ) throws(IndexError) {
        let file = try IndexFileReader(path: path, access: access)
        guard file.header.environment == environment else {
            throw IndexError(
                .damagedFile, "\(path) belongs to another store; build the index again.")
        }
        let pages = try file.load("points", byteCount: file.header.count * 8)
        let points = unsafe Array(pages.values(as: UInt64.self))
        guard zip(points, points.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw IndexError(
                .damagedFile, "\(path) lists its points out of order; build the index again.")
        }
        self.index = try IndexCatalog.read(file)
        self.points = points
        self.environment = environment
        self.sequence = file.header.sequence
        self.fileByteCount = file.byteCount
        self.checksum = file.checksum
    }
}
