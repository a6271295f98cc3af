public import VectorCore

/// Something that may be chosen when an index is built: from it tool, C and Python take names, ranges and help.
public struct IndexParameter: Hashable, Sendable {
    /// What values it can have.
    public enum Form: Hashable, Sendable {
        /// A whole number.
        case number(ClosedRange<UInt64>)
        /// A number of bytes.
        case bytes
        /// One of some words.
        case choice([String])
        /// Yes or no.
        case flag
    }

    /// What the flag is called that says whether building measures how well searches find.
    public static let measuringRecall = "measureRecall"

    /// Whether building measures how well searches find, for kinds whose searches may miss some.
    public static let measureRecall = IndexParameter(
        name: measuringRecall, .flag, usual: .flag(true),
        help: "whether it is measured how well searches find, which asking for a recall needs")

    /// Its name, in camel case.
    public let name: String
    /// What values it can have.
    public let form: Form
    /// What is chosen where nobody chooses; nil where that depends on the vectors.
    public let usual: IndexParameters.Value?
    /// What it does, in a sentence without a full stop.
    public let help: String

    /// Describes a parameter.
    public init(name: String, _ form: Form, usual: IndexParameters.Value?, help: String) {
        self.name = name
        self.form = form
        self.usual = usual
        self.help = help
    }

    /// Checks that a value is one that the parameter can have.
    ///
    /// - Throws: ``IndexError`` with `invalidParameter`.
    public func validate(_ value: IndexParameters.Value) throws(IndexError) {
        switch (form, value) {
        case (.number(let range), .number(let number)) where range.contains(number): return
        case (.bytes, .number(let number)) where number <= Int.max: return
        case (.choice(let words), .word(let word)) where words.contains(word): return
        case (.flag, .flag): return
        default: throw IndexError(.invalidParameter, "\(name) is \(value); it must be \(range).")
        }
    }

    /// The value that a text means, whether or not it is in range; nil where it can be none.
    public func value(of text: String) -> IndexParameters.Value? {
        switch form {
        case .number, .bytes: UInt64(text).map { .number($0) }
        case .choice: .word(text)
        case .flag: Bool(text).map { .flag($0) }
        }
    }

    /// What values it can have, in words that follow “must be”.
    public var range: String {
        switch form {
        case .number(let range): "from \(range.lowerBound) to \(range.upperBound)"
        case .bytes: "a number of bytes"
        case .choice(let words): "one of \(words.joined(separator: ", "))"
        case .flag: "true or false"
        }
    }
}
