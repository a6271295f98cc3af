/// A picture in SVG, put together from a few shapes; it follows the reader's light or dark theme.
struct SVGDrawing {
    /// How text is placed at its point.
    enum Anchor: String {
        case start
        case middle
        case end
    }

    let width: Double
    let height: Double
    private var body: [String] = []

    init(width: Double, height: Double) {
        self.width = width
        self.height = height
    }

    /// The finished document.
    ///
    /// - Parameters:
    ///   - title: what the picture shows, for those who cannot see it.
    ///   - description: the same at more length.
    func document(title: String, description: String) -> String {
        let size = "\(Self.number(width)) \(Self.number(height))"
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(size)" \
            width="\(Self.number(width))" height="\(Self.number(height))" role="img">
            <title>\(Self.escaped(title))</title>
            <desc>\(Self.escaped(description))</desc>
            <style>
            \(PlotStyle.sheet)
            </style>
            <rect class="paper" width="100%" height="100%" rx="6"/>
            \(body.joined(separator: "\n"))
            </svg>

            """
    }

    mutating func text(
        _ text: String, x: Double, y: Double, style: String = "ink", anchor: Anchor = .start,
        rotated: Bool = false, attributes: String = ""
    ) {
        let (x, y) = (Self.number(x), Self.number(y))
        let turn = rotated ? " transform=\"rotate(-90 \(x) \(y))\"" : ""
        body.append(
            "<text class=\"\(style)\" x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor.rawValue)\""
                + "\(turn)\(attributes)>\(Self.escaped(text))</text>")
    }

    mutating func line(_ from: (x: Double, y: Double), _ to: (x: Double, y: Double), style: String)
    {
        body.append(
            "<line class=\"\(style)\" x1=\"\(Self.number(from.x))\" y1=\"\(Self.number(from.y))\" "
                + "x2=\"\(Self.number(to.x))\" y2=\"\(Self.number(to.y))\"/>")
    }

    mutating func polyline(_ points: [(x: Double, y: Double)], color: String) {
        let list = points.map { "\(Self.number($0.x)),\(Self.number($0.y))" }
        body.append(
            "<polyline class=\"curve\" stroke=\"\(color)\" points=\"\(list.joined(separator: " "))\"/>"
        )
    }

    /// A rectangle that tells `note` when the reader points at it.
    mutating func rectangle(
        x: Double, y: Double, width: Double, height: Double, fill: String, note: String
    ) {
        body.append(
            "<rect x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(width))\" "
                + "height=\"\(Self.number(height))\" rx=\"3\" fill=\"\(fill)\">"
                + "<title>\(Self.escaped(note))</title></rect>")
    }

    /// A closed shape through `corners`, or a circle where there are none.
    mutating func marker(
        x: Double, y: Double, corners: [(x: Double, y: Double)], radius: Double, color: String,
        note: String?
    ) {
        let title = note.map { "<title>\(Self.escaped($0))</title>" } ?? ""
        if corners.isEmpty {
            body.append(
                "<circle class=\"marker\" cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" "
                    + "r=\"\(Self.number(radius))\" fill=\"\(color)\">\(title)</circle>")
        } else {
            let list = corners.map {
                "\(Self.number(x + radius * $0.x)),\(Self.number(y + radius * $0.y))"
            }
            body.append(
                "<polygon class=\"marker\" points=\"\(list.joined(separator: " "))\" "
                    + "fill=\"\(color)\">\(title)</polygon>")
        }
    }

    /// A number, to a hundredth by default, without needless zeros.
    static func number(_ value: Double, decimals: Int = 2) -> String {
        var text = NumberText.fixed(value, decimals: decimals)
        while text.hasSuffix("0") && text.contains(".") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    /// Text as XML allows it; characters that XML has no way to write are left out.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\t", "\n", "\r": escaped += " "
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": break
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
