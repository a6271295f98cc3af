internal import JSON
internal import PayloadFilter

/// A value as a payload index keys it: bytes whose order is that of the values.
///
/// | first byte | what follows | stands for |
/// |---|---|---|
/// | 1 | keyword: length in bytes `UInt16`, the bytes; 65,535 and the first 400 where there are more | a string |
/// | 1 | integer: the number plus 2^63, 9 bytes | an integer |
/// | 1 | float: the bits of the double, so turned that they ascend | a number that is this double |
/// | 2 | nothing | a number that the type cannot hold exactly: the payload has to be looked at |
enum IndexedValue {
    static let exactly: UInt8 = 1
    static let unsure: UInt8 = 2

    /// Longer strings are cut to so many bytes.
    static let mostKeywordBytes = 400
    /// Integers between this and its negative are doubles exactly.
    static let largestExactInteger: Int128 = 1 << 53

    static func keyword(_ text: String) -> [UInt8] {
        let isCut = text.utf8.count > mostKeywordBytes
        let length = isCut ? UInt16.max : UInt16(text.utf8.count)
        return [exactly] + length.bigEndianBytes + text.utf8.prefix(mostKeywordBytes)
    }

    /// Whether strings of these bytes are told apart.
    static func isExact(_ text: String) -> Bool { text.utf8.count <= mostKeywordBytes }

    static func integer(_ value: Int128) -> [UInt8] {
        [exactly] + (value + (1 << 63)).bigEndianBytes.suffix(9)
    }

    static func float(_ value: Double) -> [UInt8] {
        // Minus zero is zero.
        let bits = (value + 0).bitPattern
        return [exactly] + (bits >> 63 == 1 ? ~bits : bits | 1 << 63).bigEndianBytes
    }

    /// The double that `float` made the bytes behind the first of.
    static func double(_ bytes: RawSpan, at offset: Int) -> Double {
        let bits = bytes.integer(UInt64.self, at: offset)
        return Double(bitPattern: bits >> 63 == 1 ? bits & ~(1 << 63) : ~bits)
    }

    /// How many bytes the value at the start of `bytes` has, or nil where it is none of a type.
    static func length(
        _ bytes: RawSpan, at start: Int, _ type: PayloadIndex.ValueType
    ) -> Int? {
        guard bytes.byteCount > start else { return nil }
        if bytes.byte(at: start) == unsure { return type == .keyword ? nil : 1 }
        guard bytes.byte(at: start) == exactly else { return nil }
        switch type {
        case .integer: return 10
        case .float: return 9
        case .keyword:
            guard bytes.byteCount >= start + 3 else { return nil }
            let length = Int(bytes.integer(UInt16.self, at: start + 1))
            guard length <= mostKeywordBytes || length == UInt16.max else { return nil }
            return 3 + min(length, mostKeywordBytes)
        }
    }
}

extension PayloadIndex {
    /// What the index has of a payload.
    func values(of payload: JSONObject) -> Set<[UInt8]> {
        var values: Set<[UInt8]> = []
        field.forEachValue(in: payload) { value in
            if case .array(let elements) = value {
                for element in elements { if let key = key(element) { values.insert(key) } }
            } else if let key = key(value) {
                values.insert(key)
            }
            return true
        }
        return values
    }

    /// What the index keys a value by, or nil where it does not have it.
    func key(_ value: JSONValue) -> [UInt8]? {
        switch (type, value) {
        case (.keyword, .string(let text)): IndexedValue.keyword(text)
        case (.integer, .integer(let value)): IndexedValue.integer(Int128(value))
        case (.integer, .unsigned(let value)): IndexedValue.integer(Int128(value))
        case (.integer, .number(let value)) where value.isFinite: [IndexedValue.unsure]
        case (.float, .integer(let value)): Self.float(Int128(value))
        case (.float, .unsigned(let value)): Self.float(Int128(value))
        case (.float, .number(let value)) where value.isFinite: IndexedValue.float(value)
        default: nil
        }
    }

    private static func float(_ value: Int128) -> [UInt8] {
        value.magnitude <= IndexedValue.largestExactInteger.magnitude
            ? IndexedValue.float(Double(value)) : [IndexedValue.unsure]
    }
}
