extension JSONParser {
    /// Reads a string from its opening to its closing quote.
    mutating func string() throws(JSONError) -> String {
        advance()
        let start = offset
        try skipPlain()
        if peek == UInt8(ascii: "\"") {
            let text = plain(start..<offset)
            advance()
            return text
        }
        var text = plain(start..<offset)
        while peek != UInt8(ascii: "\"") {
            text.unicodeScalars.append(try escape())
            let start = offset
            try skipPlain()
            text += plain(start..<offset)
        }
        advance()
        return text
    }

    /// Skips what stands for itself, up to a quote or backslash.
    private mutating func skipPlain() throws(JSONError) {
        while let byte = peek {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return }
            guard byte >= 0x20 else {
                throw failure(.syntax, "a control character in a string must be escaped")
            }
            advance()
        }
        throw failure(.unexpectedEnd, "the text ends inside a string")
    }

    private func plain(_ range: Range<Int>) -> String {
        unsafe String(unsafeUninitializedCapacity: range.count) { target in
            for i in 0..<range.count { unsafe target[i] = bytes[range.lowerBound + i] }
            return range.count
        }
    }

    /// Reads one escape, or two that make a surrogate pair.
    private mutating func escape() throws(JSONError) -> UnicodeScalar {
        let start = offset
        advance()
        guard let kind = peek else {
            throw failure(.unexpectedEnd, "the text ends inside a string")
        }
        advance()
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UnicodeScalar(kind)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw failure(.syntax, "there is no such escape", at: start)
        }
        let unit = try hexUnit()
        if let scalar = UnicodeScalar(unit) { return scalar }
        guard unit < 0xDC00, offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"),
            bytes[offset + 1] == UInt8(ascii: "u")
        else { throw failure(.loneSurrogate, "this is half of a surrogate pair", at: start) }
        advance(by: 2)
        let low = try hexUnit()
        guard (0xDC00..<0xE000).contains(low),
            let scalar = UnicodeScalar(
                0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
        else { throw failure(.loneSurrogate, "this is half of a surrogate pair", at: start) }
        return scalar
    }

    private mutating func hexUnit() throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek else {
                throw failure(.unexpectedEnd, "the text ends inside a string")
            }
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue, byte < 0x80 else {
                throw failure(.syntax, "four hexadecimal digits should be here")
            }
            unit = unit << 4 | UInt16(digit)
            advance()
        }
        return unit
    }
}
