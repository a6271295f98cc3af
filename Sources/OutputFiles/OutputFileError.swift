import Glibc

/// Why a file is not written, in a sentence that says what to do.
public struct OutputFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Reason: Hashable, Sendable {
        /// There is a file, and it is not to be replaced.
        case exists
        /// Something else would be lost or harmed.
        case refused
        /// The system said no, with this code.
        case system(Int32)
    }

    /// What is wrong.
    public let reason: Reason
    /// The sentence.
    public let description: String

    static func refused(_ sentence: String) -> OutputFileError {
        OutputFileError(reason: .refused, description: sentence)
    }

    static func exists(_ path: String) -> OutputFileError {
        OutputFileError(reason: .exists, description: "There is a file at \(path) already.")
    }

    /// What `errno` says.
    static func system(_ verb: String, _ path: String) -> OutputFileError {
        let code = errno
        return OutputFileError(
            reason: .system(code),
            description: "Cannot \(verb) \(path): \(unsafe String(cString: strerror(code))).")
    }
}
