/// Reads the one Python dictionary that a `.npy` header consists of.
struct PythonDictionary {
    /// The three entries that the format prescribes.
    struct Fields {
        var descr: String
        var isFortranOrder: Bool
        var shape: [Int]
    }

    private let text: [UInt8]
    private let path: String
    private var position = 0

    init(_ text: [UInt8], path: String) {
        self.text = text
        self.path = path
    }

    /// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, entries in any order.
    ///
    /// - Throws: ``VectorFileError`` with `damaged` for any other text, `unsupported` for an
    ///   element type that is not a plain string (a structured array).
    mutating func parse() throws(VectorFileError) -> Fields {
        var descr: String?
        var isFortranOrder: Bool?
        var shape: [Int]?
        try expect("{")
        while !accept("}") {
            let key = try string()
            try expect(":")
            switch key {
            case "descr" where descr == nil:
                if peek() == UInt8(ascii: "[") {
                    throw VectorFileError(
                        .unsupported,
                        "\(path) is a structured array; save the vectors as a plain array.")
                }
                descr = try string()
            case "fortran_order" where isFortranOrder == nil: isFortranOrder = try boolean()
            case "shape" where shape == nil: shape = try tuple()
            default: throw damaged()
            }
            if !accept(",") {
                try expect("}")
                break
            }
        }
        guard peek() == nil, let descr, let isFortranOrder, let shape else { throw damaged() }
        return Fields(descr: descr, isFortranOrder: isFortranOrder, shape: shape)
    }

    private func damaged() -> VectorFileError {
        VectorFileError(
            .damaged, "The .npy header of \(path) is damaged near its byte \(position).")
    }

    /// The next byte that is not white space.
    private mutating func peek() -> UInt8? {
        while position < text.count, text[position] == 0x20 || text[position] == 0x0A {
            position += 1
        }
        return position < text.count ? text[position] : nil
    }

    private mutating func accept(_ symbol: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: symbol) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ symbol: Unicode.Scalar) throws(VectorFileError) {
        guard accept(symbol) else { throw damaged() }
    }

    private mutating func string() throws(VectorFileError) -> String {
        guard let quote = peek(), quote == 0x22 || quote == 0x27 else { throw damaged() }
        let start = position + 1
        guard let end = text[start...].firstIndex(of: quote) else { throw damaged() }
        position = end + 1
        return String(decoding: text[start..<end], as: UTF8.self)
    }

    private mutating func boolean() throws(VectorFileError) -> Bool {
        _ = peek()
        for (word, value) in [("True", true), ("False", false)]
        where text[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return value
        }
        throw damaged()
    }

    private mutating func tuple() throws(VectorFileError) -> [Int] {
        var numbers: [Int] = []
        try expect("(")
        while !accept(")") {
            try numbers.append(number())
            if !accept(",") {
                // Python's (3) is a number, not a tuple.
                guard numbers.count > 1, accept(")") else { throw damaged() }
                break
            }
        }
        return numbers
    }

    private mutating func number() throws(VectorFileError) -> Int {
        _ = peek()
        let digits = text[position...].prefix { (0x30...0x39).contains($0) }
        guard let value = Int(String(decoding: digits, as: UTF8.self)),
            digits.count == 1 || digits.first != 0x30
        else { throw damaged() }
        position = digits.endIndex
        // Python 2 marked long integers so.
        if position < text.count, text[position] == UInt8(ascii: "L") { position += 1 }
        return value
    }
}
