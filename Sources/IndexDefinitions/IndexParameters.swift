/// What was chosen of a kind's parameters, by name.
public struct IndexParameters: Hashable, Sendable {
    /// A value of a parameter.
    public enum Value: Hashable, Sendable, CustomStringConvertible {
        /// A whole number.
        case number(UInt64)
        /// One of some words.
        case word(String)
        /// Yes or no.
        case flag(Bool)

        /// The value as people write it.
        public var description: String {
            switch self {
            case .number(let number): String(number)
            case .word(let word): word
            case .flag(let flag): String(flag)
            }
        }
    }

    private var values: [(name: String, value: Value)] = []

    /// Makes a choice of nothing.
    public init() {}

    /// Makes a choice.
    public init(_ values: KeyValuePairs<String, Value>) {
        for (name, value) in values { self[name] = value }
    }

    /// The names of what was chosen, in the order in which it was.
    public var names: [String] { values.map(\.name) }
    /// Whether nothing was chosen.
    public var isEmpty: Bool { values.isEmpty }

    /// The value of a parameter; nil where none was chosen.
    public subscript(name: String) -> Value? {
        get { values.first { $0.name == name }?.value }
        set {
            let place = values.firstIndex { $0.name == name }
            switch (place, newValue) {
            case (let place?, let value?): values[place].value = value
            case (let place?, nil): values.remove(at: place)
            case (nil, let value?): values.append((name, value))
            case (nil, nil): break
            }
        }
    }

    /// A number that was chosen; one above what `Int` holds as its largest.
    public func number(_ name: String) -> Int? {
        guard case .number(let number) = self[name] else { return nil }
        return Int(clamping: number)
    }

    /// A word that was chosen.
    public func word(_ name: String) -> String? {
        guard case .word(let word) = self[name] else { return nil }
        return word
    }

    /// A flag that was chosen.
    public func flag(_ name: String) -> Bool? {
        guard case .flag(let flag) = self[name] else { return nil }
        return flag
    }

    /// All in a line: `m 16, efConstruction 200`.
    public var text: String {
        values.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
    }

    /// Whether the same values were chosen, in whatever order.
    public static func == (left: IndexParameters, right: IndexParameters) -> Bool {
        left.values.count == right.values.count
            && left.values.allSatisfy { right[$0.name] == $0.value }
    }

    /// Hashes the values, in whatever order they were chosen.
    public func hash(into hasher: inout Hasher) {
        for (name, value) in values.sorted(by: { $0.name < $1.name }) {
            hasher.combine(name)
            hasher.combine(value)
        }
    }
}
