public import JSON

/// A way from a payload to values in it: `a.b`, `a[].b`, `a[0]`, `"a key".b`.
///
/// | step | leads to |
/// |---|---|
/// | `name`, `"any name"` | the member of an object; quotes are needed for all but letters, digits, `_` and `-` |
/// | `[2]` | the element at this position of a list, from 0 |
/// | `[]` | every element of a list |
///
/// A step into something else leads nowhere: `a.b` finds nothing where `a` is a list of objects, whose
/// members `a[].b` finds.
public struct FieldPath: Hashable, Sendable {
    enum Step: Hashable, Sendable {
        case member(ExactKey)
        case element(Int)
        case everyElement
    }

    let steps: [Step]

    /// How many bytes a path may have.
    public static let mostBytes = 255

    /// Reads a path.
    ///
    /// - Throws: ``FilterError`` with `invalidPath`.
    public init(_ text: String) throws(FilterError) {
        try self.init(text, at: "")
    }

    init(_ text: String, at place: String) throws(FilterError) {
        guard text.utf8.count <= Self.mostBytes else {
            throw FilterError(
                .invalidPath, at: place,
                "is a key of \(text.utf8.count) bytes; at most \(Self.mostBytes) are allowed.")
        }
        var reader = PathReader(text)
        guard let steps = reader.steps() else {
            throw FilterError(
                .invalidPath, at: place,
                "has the key “\(text)”, which is no path; write it like a.b, a[].b, a[0] or "
                    + "\"any name\".")
        }
        self.steps = steps
    }

    /// Calls `body` with every value that the path leads to, until it returns false.
    ///
    /// - Returns: false where `body` did.
    /// - Complexity: O(values passed)
    @discardableResult
    public func forEachValue(
        in payload: JSONObject, _ body: (JSONValue) -> Bool
    ) -> Bool {
        guard case .member(let key)? = steps.first, let value = payload[key.string] else {
            return true
        }
        return walk(value, 1, body)
    }

    private func walk(
        _ value: JSONValue, _ depth: Int, _ body: (JSONValue) -> Bool
    ) -> Bool {
        guard depth < steps.count else { return body(value) }
        switch steps[depth] {
        case .member(let key):
            guard let member = value[key.string] else { return true }
            return walk(member, depth + 1, body)
        case .element(let position):
            guard let element = value[position] else { return true }
            return walk(element, depth + 1, body)
        case .everyElement:
            guard let elements = value.arrayValue else { return true }
            for element in elements where !walk(element, depth + 1, body) { return false }
            return true
        }
    }
}

extension FieldPath: CustomStringConvertible {
    /// The path as `init(_:)` reads it.
    public var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .member(let key):
                let isPlain =
                    !key.string.isEmpty
                    && key.string.unicodeScalars.allSatisfy(PathReader.isPlain)
                text += text.isEmpty ? "" : "."
                text += isPlain ? key.string : "\"\(key.string)\""
            case .element(let position): text += "[\(position)]"
            case .everyElement: text += "[]"
            }
        }
        return text
    }
}

/// A name that equals another only where their bytes do.
struct ExactKey: Hashable, Sendable {
    let string: String

    static func == (left: ExactKey, right: ExactKey) -> Bool {
        left.string.utf8.elementsEqual(right.string.utf8)
    }

    func hash(into hasher: inout Hasher) {
        for byte in string.utf8 { hasher.combine(byte) }
    }
}

/// Reads the steps of a path from left to right.
private struct PathReader {
    private var rest: Substring.UnicodeScalarView

    init(_ text: String) {
        rest = text[...].unicodeScalars
    }

    /// Whether a scalar needs no quotes.
    static func isPlain(_ scalar: UnicodeScalar) -> Bool {
        if scalar == "_" || scalar == "-" || scalar.properties.isAlphabetic { return true }
        return switch scalar.properties.generalCategory {
        case .decimalNumber, .letterNumber, .otherNumber: true
        default: false
        }
    }

    /// All steps, or nil where the text is no path.
    mutating func steps() -> [FieldPath.Step]? {
        guard let first = name() else { return nil }
        var steps = [FieldPath.Step.member(ExactKey(string: first))]
        while let scalar = rest.popFirst() {
            switch scalar {
            case ".":
                guard let next = name() else { return nil }
                steps.append(.member(ExactKey(string: next)))
            case "[":
                guard let step = subscripted() else { return nil }
                steps.append(step)
            default: return nil
            }
        }
        return steps
    }

    private mutating func name() -> String? {
        if rest.first == "\"" {
            rest.removeFirst()
            guard let end = rest.firstIndex(of: "\""), !rest[..<end].contains("\\") else {
                return nil
            }
            let quoted = String(rest[..<end])
            rest = rest[rest.index(after: end)...]
            return quoted
        }
        let plain = rest.prefix(while: Self.isPlain)
        rest = rest[plain.endIndex...]
        return plain.isEmpty ? nil : String(plain)
    }

    private mutating func subscripted() -> FieldPath.Step? {
        guard let end = rest.firstIndex(of: "]") else { return nil }
        let digits = String(rest[..<end])
        rest = rest[rest.index(after: end)...]
        if digits.isEmpty { return .everyElement }
        guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let position = Int(digits) else {
            return nil
        }
        return .element(position)
    }
}
