internal import Glibc

/// A typeface of our own: glyphs are strokes of even width, drawn at any size.
///
/// Capitals are 7 units high and the font 10, of which 2 are below the base line.
enum StrokeFont {
    struct Point: Hashable, Sendable {
        var x: Double
        var y: Double
    }

    /// One character: how wide it is and the lines to draw.
    struct Glyph: Sendable {
        let width: Double
        let lines: [(from: Point, to: Point)]
    }

    /// The height of capitals, in units.
    static let capitalHeight = 7.0
    /// The height of the font, in units: what a text's size is the size of.
    static let height = 10.0

    /// A character's glyph; an empty box where the font has none.
    static func glyph(_ character: Character) -> Glyph {
        glyphs[character] ?? missing
    }

    private static let missing = Glyph(
        width: 3.6, lines: lines("0,0.5 3.6,0.5 3.6,7 0,7 0,0.5"))

    private static let glyphs: [Character: Glyph] = StrokeFont.table.mapValues { width, strokes in
        Glyph(width: width, lines: lines(strokes))
    }

    /// Reads strokes parted by semicolons.
    ///
    /// Each is a chain of points "x,y" and of arcs
    /// "@x,y,rx,ry,from,to" around a centre, in degrees: 0 is right, 90 is down.
    private static func lines(_ strokes: String) -> [(from: Point, to: Point)] {
        strokes.split(separator: ";").flatMap { stroke in
            let points = stroke.split(separator: " ").flatMap(points)
            // A stroke of one point is a dot.
            if points.count == 1 { return [(points[0], points[0])] }
            return Array(zip(points, points.dropFirst()).map { ($0, $1) })
        }
    }

    private static func points(_ element: Substring) -> [Point] {
        let isArc = element.first == "@"
        let numbers = element.drop { $0 == "@" }.split(separator: ",").compactMap { Double($0) }
        if !isArc { return numbers.count == 2 ? [Point(x: numbers[0], y: numbers[1])] : [] }
        guard numbers.count == 6 else { return [] }
        let steps = max(2, Int(abs(numbers[5] - numbers[4]) / 12))
        return (0...steps).map { step in
            let share = Double(step) / Double(steps)
            let angle = (numbers[4] + (numbers[5] - numbers[4]) * share) * .pi / 180
            return Point(
                x: numbers[0] + numbers[2] * cos(angle), y: numbers[1] + numbers[3] * sin(angle))
        }
    }
}
