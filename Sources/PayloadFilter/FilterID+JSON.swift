public import JSON

extension FilterID {
    /// The id as JSON: a number, or a UUID in lower case with hyphens.
    public var json: JSONValue {
        switch self {
        case .number(let number): return JSONValue(number)
        case .uuid(let bits):
            var text = ""
            for place in 0..<32 {
                if [8, 12, 16, 20].contains(place) { text += "-" }
                text += String(
                    UInt8(truncatingIfNeeded: bits >> (124 - 4 * place)) & 0xF, radix: 16)
            }
            return .string(text)
        }
    }

    /// Reads an id: an unsigned integer, or a UUID in a string, in either case and with or without
    /// hyphens, which may follow `urn:uuid:`; nil where it is something else.
    public init?(json: JSONValue) {
        if let number = json.unsignedValue {
            self = .number(number)
            return
        }
        guard let text = json.stringValue?.lowercased() else { return nil }
        let prefix = "urn:uuid:"
        let uuid = text.hasPrefix(prefix) ? text.dropFirst(prefix.count) : text[...]
        let parts = uuid.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 1 || parts.map(\.utf8.count) == [8, 4, 4, 4, 12] else { return nil }
        let digits = parts.joined()
        guard digits.utf8.count == 32, digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }),
            let bits = UInt128(digits, radix: 16)
        else { return nil }
        self = .uuid(bits)
    }
}
