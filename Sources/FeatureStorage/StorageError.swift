/// Why the store could not be opened, read or written.
public struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is, for callers that act on it.
    public enum Code: Hashable, Sendable {
        /// There is no store in the folder.
        case noSuchStore
        /// The folder's data file is something else, or of another program.
        case notAStore
        /// The data file is cut short or altered.
        case damagedStore
        /// The store was written in a format that this version does not read.
        case unsupportedFormat
        /// The folder is on a network file system.
        case networkFileSystem
        /// This process has the store open already.
        case alreadyOpen
        /// Another process writes to the store.
        case writerExists
        /// The store was opened for reading only.
        case readOnly
        /// The store was closed, or gave up after a failed write to disk.
        case closed
        /// The store's data file was compacted by another process since it was opened.
        case replaced
        /// A transaction was begun inside another on the same thread.
        case nestedTransaction
        /// The map is full; the store grows it and tries again, so callers do not see this.
        case mapFull
        /// The disk is full.
        case diskFull
        /// Too many transactions read at once.
        case readersFull
        /// A transaction changes more than LMDB can hold back until its commit.
        case transactionTooLarge
        /// A name has characters or a length that are not allowed.
        case invalidName
        /// An id is neither an unsigned number nor a UUID.
        case invalidID
        /// There is no collection of this name.
        case noSuchCollection
        /// There is a collection of this name already.
        case collectionExists
        /// The collection has no vector field of this name.
        case noSuchField
        /// The field exists with another element type or extractor.
        case fieldMismatch
        /// The collection has no such point.
        case noSuchPoint
        /// A vector's length is not its field's dimension.
        case dimensionMismatch
        /// A vector holds NaN or an infinity.
        case notFinite
        /// A number does not fit the element type, or is so large that `Float` does not hold the vector's
        /// distances under the field's metric.
        case notRepresentable
        /// A parameter is outside what is allowed.
        case invalidParameter
        /// A stored vector does not match its checksum.
        case damagedVector
        /// A stored record other than a vector cannot be read.
        case damagedRecord
        /// The change log no longer reaches back far enough.
        case logTrimmed
        /// The system refused to read, write or allocate.
        case system
    }

    /// The kind of failure.
    public let code: Code
    /// One sentence that says what is wrong and what to do.
    public let message: String
    /// What LMDB or the system returned, where one of them did.
    public let status: LMDBStatus?

    /// Makes an error of a code with one sentence.
    public init(_ code: Code, _ message: String, status: LMDBStatus? = nil) {
        self.code = code
        self.message = message
        self.status = status
    }

    /// The message.
    public var description: String { message }
}
