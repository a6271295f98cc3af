/// Why an index could not be built, opened or searched.
public struct IndexError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is, for callers that act on it.
    public enum Code: Hashable, Sendable {
        /// A vector's length is not the index's dimension.
        case dimensionMismatch
        /// A parameter is outside what is allowed, or numbers of a vector or query are so large that
        /// `Float` does not hold a distance from it.
        case invalidParameter
        /// A vector holds NaN or an infinity.
        case notFinite
        /// The index kind cannot answer under this metric.
        case unsupportedMetric
        /// The file is missing, cut short, altered, or not of this format.
        case damagedFile
        /// The system refused to read, write or allocate.
        case system
        /// Whoever asked for a build no longer wants it.
        case cancelled
        /// A vector that is kept elsewhere has changed since the moment that is searched.
        case outdated
    }

    /// The kind of failure.
    public let code: Code
    /// One sentence that says what is wrong and what to do.
    public let message: String

    /// Makes an error of a code with one sentence.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// What a build throws that was told to stop.
    package static var buildCancelled: IndexError {
        IndexError(.cancelled, "The build was cancelled; start it again where the index is wanted.")
    }

    /// The message.
    public var description: String { message }
}
