/// Why features could not be extracted.
public struct ExtractionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is, for callers that act on it.
    public enum Code: Hashable, Sendable {
        /// ONNX Runtime's library is not there, or too old.
        case noRuntime
        /// No model has the name.
        case unknownModel
        /// The model has no such layer.
        case unknownLayer
        /// The name of an extractor cannot be read.
        case invalidExtractor
        /// A manifest or network is unreadable, altered, or not what the other says.
        case damagedModel
        /// A network that is to be added cannot be used.
        case unsupportedModel
        /// What is said of a model that is to be added does not fit it, or another has its name.
        case invalidModel
        /// A model cannot be fetched for want of a network or of Python.
        case unavailable
        /// One image cannot be read or decoded.
        case badImage
        /// The network could not be run.
        case inferenceFailed
        /// The system refused memory, threads or a file.
        case system
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

    /// The message.
    public var description: String { message }
}
