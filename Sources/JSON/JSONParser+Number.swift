extension JSONParser {
    /// Reads a number; an integer keeps all its digits where 64 bits can.
    mutating func number() throws(JSONError) -> JSONValue {
        let start = offset
        let isNegative = peek == UInt8(ascii: "-")
        if isNegative { advance() }
        if peek == UInt8(ascii: "0") {
            advance()
            if let byte = peek, isDigit(byte) {
                throw failure(.syntax, "a number must not start with a zero", at: start)
            }
        } else {
            try digits()
        }
        let integerEnd = offset
        if peek == UInt8(ascii: ".") {
            advance()
            try digits()
        }
        if let byte = peek, byte | 0x20 == UInt8(ascii: "e") {
            advance()
            if let sign = peek, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { advance() }
            try digits()
        }
        if offset == integerEnd, let value = integer(start, isNegative: isNegative) {
            return value
        }
        var text = ""
        text.reserveCapacity(offset - start)
        for i in start..<offset { text.unicodeScalars.append(UnicodeScalar(bytes[i])) }
        guard let value = Double(text), value.isFinite else {
            throw failure(.numberOutOfRange, "the number is beyond what a double holds", at: start)
        }
        return .number(value)
    }

    private mutating func digits() throws(JSONError) {
        guard let first = peek else {
            throw failure(.unexpectedEnd, "the text ends inside a number")
        }
        guard isDigit(first) else { throw failure(.syntax, "a digit should be here") }
        while let byte = peek, isDigit(byte) { advance() }
    }

    /// The digits read so far as an integer, or nil for minus zero and beyond 64 bits.
    private func integer(_ start: Int, isNegative: Bool) -> JSONValue? {
        var magnitude: UInt64 = 0
        for i in (isNegative ? start + 1 : start)..<offset {
            let (product, overflows) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carries) = product.addingReportingOverflow(
                UInt64(bytes[i] - UInt8(ascii: "0")))
            if overflows || carries { return nil }
            magnitude = sum
        }
        guard isNegative else { return JSONValue(magnitude) }
        guard magnitude != 0, magnitude <= Int64.min.magnitude else { return nil }
        return .integer(Int64(truncatingIfNeeded: 0 &- magnitude))
    }

    private func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }
}
