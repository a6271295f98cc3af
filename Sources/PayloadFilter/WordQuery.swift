/// A text whose words a string must all have, in any order.
///
/// Words are what stands between characters that are neither letters nor digits, compared in lower case:
/// `cat` is in `Cat-food`, and not in `category`. A text without words is in no string. So the server of
/// Qdrant matches fields without a text index, from version 1.19.1 on; before, it looked for the text as
/// a part of the string.
public struct WordQuery: Hashable, Sendable {
    /// The text as it was given.
    public let text: String
    private let words: Set<String>

    /// Takes a text.
    public init(_ text: String) {
        self.text = text
        words = Set(Self.words(of: text))
    }

    /// Whether a string has all words.
    ///
    /// - Complexity: O(characters)
    public func matches(_ string: String) -> Bool {
        guard !words.isEmpty else { return false }
        return words.isSubset(of: Self.words(of: string))
    }

    private static func words(of text: String) -> [String] {
        text.unicodeScalars
            .split { scalar in
                if scalar.properties.isAlphabetic { return false }
                return switch scalar.properties.generalCategory {
                case .decimalNumber, .letterNumber, .otherNumber: false
                default: true
                }
            }
            .map { String($0).lowercased() }
    }
}
