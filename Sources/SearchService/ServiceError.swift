/// Why the service could not do what it was asked.
public struct ServiceError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is; the tool's exit status follows from it.
    public enum Code: Hashable, Sendable {
        /// A collection, point, vector field, index or model that does not exist.
        case notFound
        /// A request whose parts do not go together or are out of range.
        case invalidRequest
        /// Data that cannot be used: files of the wrong kind, damaged images, vectors of the wrong
        /// length, NaN.
        case invalidData
        /// What the index's kind cannot do.
        case unsupported
        /// Something that must be installed or freed first.
        case unavailable
        /// The work would take more memory than there is, or than is allowed.
        case noMemory
        /// Whoever asked for the work has cancelled it.
        case cancelled
        /// The system refused to read or write.
        case inputOutput
        /// Another process is in the way; the same request may succeed later.
        case busy
    }

    /// The kind of failure.
    public let code: Code
    /// One sentence that says what is wrong and what to do.
    public let message: String

    /// Makes an error of a code with one sentence.
    public init(_ code: Code, _ message: String) {
        self.init(code, message, isOutdated: false)
    }

    init(_ code: Code, _ message: String, isOutdated: Bool) {
        self.code = code
        self.message = message
        self.isOutdated = isOutdated
    }

    /// Whether the store has moved on from the moment that was searched, so that a search of a later
    /// moment may succeed.
    let isOutdated: Bool

    /// The message.
    public var description: String { message }
}
