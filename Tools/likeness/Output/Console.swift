import Foundation
import JSON
import SearchService

/// The two streams: results go to the standard output, everything said about them to the standard
/// error.
enum Console {
    /// Writes a result and a line break.
    ///
    /// - Throws: ``ServiceError`` with code `inputOutput` where it cannot be written.
    static func print(_ text: String) throws(ServiceError) {
        do {
            try FileOutput.write(Array("\(text)\n".utf8), to: STDOUT_FILENO)
        } catch {
            throw ServiceError(.inputOutput, "The result cannot be written: \(error).")
        }
    }

    /// Writes one JSON object on one line.
    static func print(_ object: JSONObject) throws(ServiceError) {
        try print(object.description)
    }

    /// Says why the command failed.
    static func fail(_ sentence: String) {
        note("\(coloured("likeness:", .red)) \(sentence)")
    }

    /// Says what went wrong without spoiling the rest.
    static func warn(_ sentence: String) {
        note("\(coloured("likeness: warning:", .yellow)) \(sentence)")
    }

    /// Writes a line to the standard error.
    static func note(_ line: String) {
        // Nothing is left to tell whoever has closed the standard error.
        try? FileOutput.write(Array("\(line)\n".utf8), to: STDERR_FILENO)
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
