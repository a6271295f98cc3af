/// Why a network's graph could not be read or edited.
public struct ONNXGraphError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is, for callers that act on it.
    public enum Code: Hashable, Sendable {
        /// The bytes are not a complete ONNX file.
        case damagedModel
        /// The model is whole but of a shape that cannot be used.
        case unsupportedModel
        /// No layer has the name.
        case unknownLayer
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
