internal import Glibc

extension Canvas {
    /// Draws one line of text in the font of this library: ASCII, an empty box for all else.
    ///
    /// - Parameters:
    ///   - text: what to write.
    ///   - x: the left edge of the first stroke.
    ///   - y: the upper edge of capitals.
    ///   - style: how it looks.
    public mutating func draw(_ text: String, x: Double, y: Double, _ style: TextStyle) {
        var pen = x + style.halfStroke
        for character in text {
            let glyph = StrokeFont.glyph(character)
            draw(glyph, x: pen, y: y + style.halfStroke, style)
            pen += (glyph.width + style.spacing) * style.scale
        }
    }

    private mutating func draw(
        _ glyph: StrokeFont.Glyph, x: Double, y: Double, _ style: TextStyle
    ) {
        guard !glyph.lines.isEmpty else { return }
        // Capitals reach from the first stroke's middle to the last one's.
        let rise =
            (StrokeFont.capitalHeight * style.scale - 2 * style.halfStroke)
            / StrokeFont.capitalHeight
        let lines = glyph.lines.map { line in
            (
                from: StrokeFont.Point(
                    x: x + line.from.x * style.scale, y: y + line.from.y * rise),
                to: StrokeFont.Point(x: x + line.to.x * style.scale, y: y + line.to.y * rise)
            )
        }
        let ends = lines.flatMap { [$0.from, $0.to] }
        let reach = style.halfStroke + 1
        let left = Int(floor((ends.map(\.x).min() ?? x) - reach))
        let top = Int(floor((ends.map(\.y).min() ?? y) - reach))
        let right = Int(ceil((ends.map(\.x).max() ?? x) + reach))
        let bottom = Int(ceil((ends.map(\.y).max() ?? y) + reach))
        let box = Box(x: left, y: top, width: right - left, height: bottom - top)
        shade(box, style.color) { x, y in
            let nearest = lines.map { distance(x, y, $0.from, $0.to) }.min() ?? .infinity
            return style.halfStroke - nearest + 0.5
        }
    }
}

/// How far a place is from a line between two points.
private func distance(
    _ x: Double, _ y: Double, _ from: StrokeFont.Point, _ to: StrokeFont.Point
) -> Double {
    let (lineX, lineY) = (to.x - from.x, to.y - from.y)
    let (dx, dy) = (x - from.x, y - from.y)
    let length = lineX * lineX + lineY * lineY
    let share = length == 0 ? 0 : min(1, max(0, (dx * lineX + dy * lineY) / length))
    let (offX, offY) = (dx - share * lineX, dy - share * lineY)
    return (offX * offX + offY * offY).squareRoot()
}
