import Foundation
import JSON

/// The payloads of a file of vectors: JSON objects, a line each, in the order of the rows.
struct PayloadLines: Sendable {
    private let path: String
    private let bytes: [UInt8]
    /// Where each line lies, without its end.
    private let lines: [Range<Int>]

    /// Reads a file and checks that every line is an object.
    ///
    /// - Parameter count: how many there must be.
    /// - Throws: ``ServiceError`` with `inputOutput` where it cannot be read, `invalidData` naming the first
    ///   line that is wrong.
    /// - Complexity: O(bytes)
    init(_ path: String, count: Int) throws(ServiceError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ServiceError(.inputOutput, "Cannot read the payloads in \(path).")
        }
        self.path = path
        bytes = Array(data)
        var lines: [Range<Int>] = []
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            lines.append(start..<end)
            start = end + 1
        }
        self.lines = lines
        guard lines.count == count else {
            throw ServiceError(
                .invalidData,
                "\(path) has \(lines.count) lines, but there are \(count) vectors; give a JSON object "
                    + "a vector, a line each.")
        }
        for row in lines.indices { _ = try payload(row) }
    }

    /// The payload of a row.
    ///
    /// - Throws: ``ServiceError`` with `invalidData` where the line is no JSON object.
    func payload(_ row: Int) throws(ServiceError) -> JSONObject {
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue(parsing: Array(bytes[lines[row]]))
        } catch {
            throw ServiceError(
                .invalidData,
                "Line \(row + 1) of \(path) is no JSON; at column \(error.column) it is wrong.")
        }
        guard let payload = json.objectValue else {
            throw ServiceError(
                .invalidData, "Line \(row + 1) of \(path) is \(json), but must be a JSON object.")
        }
        return payload
    }
}
