/// The looks that all plots share.
enum PlotStyle {
    /// Text and lines in classes; the theme is the reader's, and light where a viewer knows none.
    static let sheet = """
        text { font-family: "DejaVu Sans", Verdana, "Helvetica Neue", Arial, sans-serif; }
        .ink { fill: #24292f; font-size: 13px; }
        .soft { fill: #57606a; font-size: 12px; }
        .title { fill: #24292f; font-size: 17px; font-weight: bold; }
        .cell { font-size: 13px; }
        .paper { fill: #ffffff; }
        .grid { stroke: #d8dee4; stroke-width: 1; }
        .axis { stroke: #8c959f; stroke-width: 1.2; }
        .curve { fill: none; stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; }
        .marker { stroke: #ffffff; stroke-width: 1; }
        @media (prefers-color-scheme: dark) {
        .ink, .title { fill: #e6edf3; }
        .soft { fill: #9da7b3; }
        .paper { fill: #0d1117; }
        .grid { stroke: #2b323b; }
        .axis { stroke: #6e7781; }
        .marker { stroke: #0d1117; }
        }
        """

    /// Colours that people with any colour vision can tell apart on white and on black.
    ///
    /// After Okabe and Ito, "Color universal design" (2008), the palest ones left out.
    static let colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]

    /// The corners of the markers, in a circle of radius 1; the first is the circle itself.
    static let markers: [[(x: Double, y: Double)]] = [
        [],
        [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        [(0, -1.2), (1.15, 0.85), (-1.15, 0.85)],
        [(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)],
        [(0, 1.2), (1.15, -0.85), (-1.15, -0.85)],
        [
            (0, -1.3), (0.35, -0.4), (1.3, -0.4), (0.55, 0.2), (0.85, 1.15), (0, 0.6),
            (-0.85, 1.15), (-0.55, 0.2), (-1.3, -0.4), (-0.35, -0.4),
        ],
    ]

    static func color(_ series: Int) -> String { colors[series % colors.count] }

    /// After one round of colours each gets another shape.
    static func marker(_ series: Int) -> [(x: Double, y: Double)] {
        markers[(series + series / colors.count) % markers.count]
    }

    /// About how wide text of the size of `ink` is, in the picture's units.
    static func width(of text: String) -> Double {
        8.2 * Double(TextTable.width(of: text))
    }
}
