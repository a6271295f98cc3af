/// A table for terminals and text files, its columns aligned by how wide text is shown.
public struct TextTable: Sendable {
    /// On which side the cells of a column stand.
    public enum Alignment: Hashable, Sendable {
        /// At the left, for words.
        case leading
        /// At the right, for numbers.
        case trailing
    }

    private let titles: [String]
    private let alignments: [Alignment]
    private var rows: [[String]] = []

    /// Makes a table without rows.
    public init(_ columns: [(title: String, alignment: Alignment)]) {
        titles = columns.map { Self.oneLine($0.title) }
        alignments = columns.map(\.alignment)
    }

    /// Adds a row; cells that are left out are empty.
    ///
    /// - Parameter cells: at most one a column; line breaks and tabs are shown as spaces, and what a
    ///   terminal would obey as its number.
    public mutating func add(_ cells: [String]) {
        precondition(cells.count <= titles.count, "more cells than columns")
        let missing = titles.count - cells.count
        rows.append(cells.map(Self.oneLine) + Array(repeating: "", count: missing))
    }

    /// Titles, a line, and the rows, each ended by a line break.
    ///
    /// - Complexity: O(characters)
    public var text: String {
        let widths = titles.indices.map { column in
            ([titles] + rows).map { Self.width(of: $0[column]) }.max() ?? 0
        }
        let line = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")
        let texts = [row(titles, widths), line] + rows.map { row($0, widths) }
        return texts.joined(separator: "\n") + "\n"
    }

    private func row(_ cells: [String], _ widths: [Int]) -> String {
        var text = ""
        for (column, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: widths[column] - Self.width(of: cell))
            text += column > 0 ? "  " : ""
            text += alignments[column] == .leading ? cell + padding : padding + cell
        }
        while text.last == " " { text.removeLast() }
        return text
    }

    private static func oneLine(_ text: String) -> String {
        TerminalText.shown(String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 }))
    }
}

extension TextTable {
    /// How many columns of a terminal a text takes.
    ///
    /// East Asian wide characters and emoji take two; what only modifies its neighbour takes none.
    public static func width(of text: String) -> Int {
        text.reduce(0) { $0 + width(of: $1) }
    }

    private static func width(of character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        switch first.properties.generalCategory {
        case .control, .format, .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        let isEmoji =
            first.properties.isEmojiPresentation
            || (first.properties.isEmoji && character.unicodeScalars.contains { $0 == "\u{FE0F}" })
        return isEmoji || wideRanges.contains { $0.contains(first.value) } ? 2 : 1
    }

    /// The blocks that Unicode's annex 11 calls wide or full-width, without the emoji.
    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F,  // Hangul's leading consonants
        0x2E80...0x303E,  // CJK radicals and punctuation
        0x3041...0x33FF,  // Kana, Bopomofo, CJK squares
        0x3400...0x4DBF, 0x4E00...0x9FFF,  // CJK ideographs
        0xA000...0xA4CF,  // Yi
        0xA960...0xA97F, 0xAC00...0xD7A3,  // Hangul
        0xF900...0xFAFF, 0xFE30...0xFE6F,  // CJK compatibility
        0xFF01...0xFF60, 0xFFE0...0xFFE6,  // full-width forms
        0x17000...0x18CFF, 0x1B000...0x1B2FF,  // Tangut, Kana supplements
        0x20000...0x3FFFD,  // further ideographs
    ]
}
