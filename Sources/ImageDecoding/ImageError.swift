/// Why an image could not be read, resized or written.
public struct ImageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is, for callers that act on it.
    public enum Code: Hashable, Sendable {
        /// The content is not of a format that can be read.
        case unknownFormat
        /// The content breaks its format's rules, or ends too early.
        case damaged
        /// The content is of a kind that its format allows and this library does not read.
        case unsupported
        /// The picture or its file is larger than the limit.
        case tooLarge
        /// Decoding took more processor time than the limit.
        case tooSlow
        /// A parameter is outside what is allowed.
        case invalidParameter
        /// The system refused to open, read or allocate.
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

    static var tooSlow: ImageError {
        ImageError(
            .tooSlow,
            "Decoding the image takes more processor time than is allowed; save it again with another "
                + "program, or raise the limit.")
    }

    static var outOfMemory: ImageError {
        ImageError(.system, "There is not enough memory for the image.")
    }
}
