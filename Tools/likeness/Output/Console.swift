import Evaluation
import Foundation
import JSON
import OutputFiles
import SearchService

/// The two streams: results go to the standard output, everything said about them to the standard
/// error.
enum Console {
    /// Writes a result and a line break; a terminal shows all of it and obeys nothing.
    ///
    /// - Throws: ``ServiceError`` with code `inputOutput` where it cannot be written.
    static func print(_ text: String) throws(ServiceError) {
        let text = TerminalText.shown(text, keepingLines: true)
        guard OutputStream(descriptor: STDOUT_FILENO).write(Array("\(text)\n".utf8)) else {
            throw ServiceError(
                .inputOutput,
                "The result cannot be written: \(unsafe String(cString: strerror(errno))).")
        }
    }

    /// Writes one JSON object on one line.
    static func print(_ object: JSONObject) throws(ServiceError) {
        try print(safe(object))
    }

    /// An object as JSON in which all that a terminal would obey is escaped, which means the same.
    private static func safe(_ object: JSONObject) -> String {
        let text = object.description
        guard text.unicodeScalars.contains(where: TerminalText.isObeyed) else { return text }
        return text.unicodeScalars.reduce(into: "") { safe, scalar in
            guard TerminalText.isObeyed(scalar) else { return safe.unicodeScalars.append(scalar) }
            let digits = String(scalar.value, radix: 16)
            safe += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
    }

    /// Says why the command failed.
    static func fail(_ sentence: String) {
        send("\(coloured("likeness:", .red)) \(TerminalText.shown(sentence))")
    }

    /// Says what went wrong without spoiling the rest.
    static func warn(_ sentence: String) {
        send("\(coloured("likeness: warning:", .yellow)) \(TerminalText.shown(sentence))")
    }

    /// Writes a line to the standard error.
    static func note(_ line: String) {
        send(TerminalText.shown(line, keepingLines: true))
    }

    private static func send(_ line: String) {
        // Nothing is left to tell whoever has closed the standard error.
        _ = OutputStream(descriptor: STDERR_FILENO).write(Array("\(line)\n".utf8))
    }

    /// Whether the standard error is a terminal that understands control sequences.
    static let isTerminal =
        isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"

    private enum Colour: Int {
        case red = 31
        case yellow = 33
    }

    private static let isColoured =
        isTerminal && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty

    private static func coloured(_ text: String, _ colour: Colour) -> String {
        isColoured ? "\u{1B}[1;\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }
}
