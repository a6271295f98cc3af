extension JSONValue: CustomStringConvertible {
    /// The value as one line of JSON without spaces.
    public var description: String { text() }

    /// The value as JSON that reads back as an equal value.
    ///
    /// Doubles are written with the fewest digits that read back the same, and always with a
    /// fraction or an exponent. NaN and infinities, which JSON does not have, become `null`, as
    /// ECMAScript's `JSON.stringify` writes them.
    ///
    /// - Parameter pretty: one member a line, indented by two spaces, instead of one line.
    /// - Complexity: O(length of the text)
    public func text(pretty: Bool = false) -> String {
        String(decoding: utf8(pretty: pretty), as: UTF8.self)
    }

    /// The bytes of `text(pretty:)`.
    public func utf8(pretty: Bool = false) -> [UInt8] {
        var printer = JSONPrinter(isPretty: pretty)
        printer.write(self, depth: 0)
        return printer.bytes
    }
}

extension JSONObject: CustomStringConvertible {
    /// The object as one line of JSON without spaces.
    public var description: String { JSONValue.object(self).text() }
}

/// Writes values as bytes.
private struct JSONPrinter {
    let isPretty: Bool
    var bytes: [UInt8] = []

    mutating func write(_ value: JSONValue, depth: Int) {
        switch value {
        case .null: write("null")
        case .bool(let value): write(value ? "true" : "false")
        case .integer(let value): write(value.description)
        case .unsigned(let value): write(value.description)
        case .number(let value): write(value.isFinite ? value.description : "null")
        case .string(let value): writeQuoted(value)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (i, element) in values.enumerated() {
                separate(i, depth: depth + 1)
                write(element, depth: depth + 1)
            }
            if !values.isEmpty { breakLine(depth: depth) }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            for (i, member) in object.enumerated() {
                separate(i, depth: depth + 1)
                writeQuoted(member.key)
                write(isPretty ? ": " : ":")
                write(member.value, depth: depth + 1)
            }
            if !object.isEmpty { breakLine(depth: depth) }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private mutating func write(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func separate(_ position: Int, depth: Int) {
        if position > 0 { bytes.append(UInt8(ascii: ",")) }
        breakLine(depth: depth)
    }

    private mutating func breakLine(depth: Int) {
        guard isPretty else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }

    private mutating func writeQuoted(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x08: write("\\b")
            case 0x09: write("\\t")
            case 0x0A: write("\\n")
            case 0x0C: write("\\f")
            case 0x0D: write("\\r")
            case 0..<0x20: write("\\u00\(byte < 0x10 ? "0" : "1")\(String(byte & 0xF, radix: 16))")
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
