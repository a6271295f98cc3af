/// Text that a terminal shows and does not obey.
///
/// Names and labels come from other people's files. Control characters in them could move the cursor, rewrite the
/// screen or answer in the user's name, and bidirectional overrides show a text in another order than it has.
public enum TerminalText {
    /// The text with what a terminal would obey as its number: `\u{1b}`.
    ///
    /// - Parameter keepsLines: whether line breaks stay; else they are shown as `\n`.
    /// - Complexity: O(length)
    public static func shown(_ text: String, keepingLines keepsLines: Bool = false) -> String {
        guard text.unicodeScalars.contains(where: isObeyed) else { return text }
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n" where keepsLines: shown.append(scalar)
            case "\n": shown.append(contentsOf: "\\n".unicodeScalars)
            case "\t": shown.append(contentsOf: "\\t".unicodeScalars)
            case _ where isObeyed(scalar):
                shown.append(
                    contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
            default: shown.append(scalar)
            }
        }
        return String(shown)
    }

    /// Whether a terminal does something else than to show it: controls, breaks of lines, and what changes the direction of
    /// others (annex 9 of Unicode).
    public static func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: true
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
