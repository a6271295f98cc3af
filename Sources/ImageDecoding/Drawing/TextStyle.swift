/// How text looks.
public struct TextStyle: Hashable, Sendable {
    /// The height of a line without leading, in pixels; capitals are 0.7 of it.
    public var size: Double
    /// Whether the strokes are thick.
    public var isBold: Bool
    /// The colour of the strokes.
    public var color: Color

    /// Makes a style.
    public init(size: Double, isBold: Bool = false, color: Color = .black) {
        self.size = size
        self.isBold = isBold
        self.color = color
    }

    /// Pixels a unit of the font.
    var scale: Double { size / StrokeFont.height }

    /// Units of the font from one character to the next, besides their widths.
    var spacing: Double { isBold ? 2.15 : 1.75 }

    /// Half the strokes' width, in pixels; never so thin that small text fades.
    var halfStroke: Double { max(isBold ? 0.75 : 0.55, (isBold ? 0.72 : 0.48) * scale) }

    /// How wide a text is, in pixels.
    public func width(of text: some StringProtocol) -> Double {
        let glyphs = text.reduce(0) { $0 + StrokeFont.glyph($1).width + spacing }
        return max(0, glyphs - spacing) * scale + (text.isEmpty ? 0 : 2 * halfStroke)
    }

    /// The text, shortened by dots at its end where it would be wider than `width` pixels.
    public func fitted(_ text: String, width: Double) -> String {
        if self.width(of: text) <= width { return text }
        var shorter = text[...]
        while !shorter.isEmpty {
            shorter = shorter.dropLast()
            let candidate = shorter + "..."
            if self.width(of: candidate) <= width { return String(candidate) }
        }
        return ""
    }
}
