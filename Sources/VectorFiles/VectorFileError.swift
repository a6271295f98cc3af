import Glibc

/// Why a file of vectors could not be read or written.
public struct VectorFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is, for callers that act on it.
    public enum Code: Hashable, Sendable {
        /// There is nothing under that path.
        case noSuchFile
        /// The system refused to read or write.
        case system
        /// Something else would be lost if a file were written there.
        case refused
        /// The file has no bytes.
        case empty
        /// The file ends before what its header promises.
        case truncated
        /// The content is of no known format, or contradicts itself.
        case damaged
        /// The file is well formed but of a variety that is not read, such as Fortran order.
        case unsupported
        /// Vectors would have no numbers.
        case zeroDimension
        /// A record's dimension is not that of the first record, or of the file being written.
        case inconsistentDimension
        /// A number is NaN or infinite.
        case notFinite
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

extension VectorFileError {
    /// What the system's last failure on `path` means; `action` as in "cannot read".
    static func system(_ action: String, _ path: String) -> VectorFileError {
        let number = errno
        var text = [CChar](repeating: 0, count: 256)
        _ = unsafe strerror_r(number, &text, text.count)
        let reason = String(
            decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return VectorFileError(.system, "Cannot \(action) \(path): \(reason).")
    }
}
