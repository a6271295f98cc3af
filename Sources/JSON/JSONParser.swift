extension JSONValue {
    /// How deeply lists and objects may be nested unless the caller says otherwise.
    public static let defaultMaximumDepth = 128

    /// Reads one JSON value from UTF-8 bytes, which must hold nothing else but white space.
    ///
    /// The grammar is RFC 8259's and no wider: no comments, no trailing commas, no byte order mark.
    /// Of members with one name the last counts. `-0` becomes `.number(-0.0)`; an integer beyond 64
    /// bits becomes the nearest `.number`.
    ///
    /// - Parameters:
    ///   - bytes: the text.
    ///   - maximumDepth: how deeply lists and objects may be nested.
    /// - Throws: ``JSONError`` with the position of the first byte that is wrong.
    /// - Complexity: O(bytes)
    public init(
        parsing bytes: Span<UInt8>, maximumDepth: Int = defaultMaximumDepth
    ) throws(JSONError) {
        do {
            _ = try UTF8Span(validating: bytes)
        } catch {
            throw JSONError(
                .notUTF8, "the text is not UTF-8", at: error.byteOffsets.lowerBound, of: bytes)
        }
        var parser = JSONParser(bytes: bytes, maximumDepth: maximumDepth)
        self = try parser.document()
    }

    /// Reads one JSON value from UTF-8 bytes, as `init(parsing:maximumDepth:)` does from a span.
    ///
    /// - Throws: ``JSONError`` with the position of the first byte that is wrong.
    public init(
        parsing bytes: [UInt8], maximumDepth: Int = defaultMaximumDepth
    ) throws(JSONError) {
        try self.init(parsing: bytes.span, maximumDepth: maximumDepth)
    }

    /// Reads one JSON value from a text, as `init(parsing:maximumDepth:)` does from a span.
    ///
    /// - Throws: ``JSONError`` with the position of the first byte that is wrong.
    public init(
        parsing text: String, maximumDepth: Int = defaultMaximumDepth
    ) throws(JSONError) {
        try self.init(parsing: Array(text.utf8).span, maximumDepth: maximumDepth)
    }
}

/// A recursive-descent parser over bytes that are known to be UTF-8.
struct JSONParser: ~Escapable {
    let bytes: Span<UInt8>
    let maximumDepth: Int
    private(set) var offset = 0

    @_lifetime(copy bytes)
    init(bytes: Span<UInt8>, maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    /// The next byte, or nil at the end.
    var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    mutating func advance(by count: Int = 1) {
        offset += count
    }

    mutating func document() throws(JSONError) -> JSONValue {
        let result = try value(depth: 0)
        skipSpace()
        guard offset == bytes.count else {
            throw failure(.syntax, "something follows the value")
        }
        return result
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        skipSpace()
        guard let byte = peek else {
            throw failure(.unexpectedEnd, "the text ends where a value should be")
        }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try array(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: throw failure(.syntax, "no value starts like this")
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        try checkDepth(depth)
        advance()
        var values: [JSONValue] = []
        skipSpace()
        if peek == UInt8(ascii: "]") {
            advance()
            return .array(values)
        }
        while true {
            values.append(try value(depth: depth))
            if try endsAfterElement(UInt8(ascii: "]"), "a list") { return .array(values) }
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        try checkDepth(depth)
        advance()
        var object = JSONObject()
        skipSpace()
        if peek == UInt8(ascii: "}") {
            advance()
            return .object(object)
        }
        while true {
            skipSpace()
            guard let quote = peek else {
                throw failure(.unexpectedEnd, "the text ends inside an object")
            }
            guard quote == UInt8(ascii: "\"") else {
                throw failure(.syntax, "a member's name in double quotes should be here")
            }
            let key = try string()
            skipSpace()
            guard let colon = peek else {
                throw failure(.unexpectedEnd, "the text ends inside an object")
            }
            guard colon == UInt8(ascii: ":") else {
                throw failure(.syntax, "a colon should be here")
            }
            advance()
            object[key] = try value(depth: depth)
            if try endsAfterElement(UInt8(ascii: "}"), "an object") { return .object(object) }
        }
    }

    /// Consumes the comma or the closing bracket after an element; true for the bracket.
    private mutating func endsAfterElement(
        _ close: UInt8, _ container: String
    ) throws(JSONError) -> Bool {
        skipSpace()
        switch peek {
        case close?:
            advance()
            return true
        case UInt8(ascii: ",")?:
            advance()
            return false
        case nil:
            throw failure(.unexpectedEnd, "the text ends inside \(container)")
        default:
            throw failure(
                .syntax, "a comma or \(Character(UnicodeScalar(close))) should be here")
        }
    }

    private mutating func word(
        _ word: StaticString, _ value: JSONValue
    ) throws(JSONError) -> JSONValue {
        let start = offset
        let expected = word.description.utf8
        for byte in expected {
            guard peek == byte else {
                let ended = offset == bytes.count
                throw failure(
                    ended ? .unexpectedEnd : .syntax, "no value starts like this", at: start)
            }
            advance()
        }
        return value
    }

    private func checkDepth(_ depth: Int) throws(JSONError) {
        guard depth <= maximumDepth else {
            throw failure(.tooDeep, "lists and objects are nested more than \(maximumDepth) deep")
        }
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            offset += 1
        }
    }

    func failure(_ code: JSONError.Code, _ complaint: String, at position: Int? = nil) -> JSONError
    {
        JSONError(code, complaint, at: position ?? offset, of: bytes)
    }
}
