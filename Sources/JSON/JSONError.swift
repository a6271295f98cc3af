/// Why a text is not JSON, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is, for callers that act on it.
    public enum Code: Hashable, Sendable {
        /// The bytes are not UTF-8.
        case notUTF8
        /// The text breaks the grammar.
        case syntax
        /// The text ends before its value does.
        case unexpectedEnd
        /// Lists and objects are nested more deeply than allowed.
        case tooDeep
        /// A number is larger than a double can be.
        case numberOutOfRange
        /// An escape names half of a surrogate pair.
        case loneSurrogate
    }

    /// The kind of failure.
    public let code: Code
    /// The byte at which it was noticed, from 0.
    public let offset: Int
    /// The line of that byte, from 1.
    public let line: Int
    /// The column of that byte in characters (Unicode scalars), from 1.
    public let column: Int
    /// One sentence that says what is wrong.
    public let message: String

    /// Makes an error at a byte of a text.
    init(_ code: Code, _ complaint: String, at offset: Int, of bytes: Span<UInt8>) {
        var line = 1
        var column = 1
        for i in 0..<min(offset, bytes.count) {
            if bytes[i] == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if bytes[i] & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.code = code
        self.offset = offset
        self.line = line
        self.column = column
        self.message = "Line \(line), column \(column): \(complaint)."
    }

    /// The message.
    public var description: String { message }
}
