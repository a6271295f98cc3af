/// A picture of scores along the layers of networks: a panel for every model, its layers from left to
/// right, and a line for every series, such as a data set.
public struct LayerPlot: Sendable {
    /// The layers of one model.
    public struct Panel: Sendable {
        /// The model's name.
        public let name: String
        /// The layers' names, from the input on.
        public let layers: [String]
        /// For every series, the score of every layer; nil where there is none.
        public let values: [[Double?]]

        /// Makes a panel.
        public init(name: String, layers: [String], values: [[Double?]]) {
            self.name = name
            self.layers = layers
            self.values = values
        }
    }

    private let title: String
    private let subtitle: String
    private let series: [String]
    private let panels: [Panel]

    /// Prepares a picture.
    ///
    /// - Parameters:
    ///   - title: what the scores are.
    ///   - subtitle: how they were measured, in one line.
    ///   - series: their names, in the order of the legend and of the colours.
    ///   - panels: from left to right, then from top to bottom.
    /// - Throws: ``EvaluationError`` where a panel has not one value for every series and layer.
    public init(
        title: String, subtitle: String = "", series: [String], panels: [Panel]
    ) throws(EvaluationError) {
        for panel in panels
        where panel.values.count != series.count
            || panel.values.contains(where: { $0.count != panel.layers.count })
        {
            throw EvaluationError(
                "The panel \(panel.name) has not one value for each of \(series.count) series and "
                    + "\(panel.layers.count) layers.")
        }
        self.title = title
        self.subtitle = subtitle
        self.series = series
        self.panels = panels
    }

    private static let left = 64.0
    private static let panelHeight = 150.0
    private static let columnWidth = 34.0
    private static let gap = 40.0
    /// As many panels stand beside each other as a page of this width takes, at least one.
    private static let pageWidth = 1280.0

    /// The picture as an SVG document.
    ///
    /// - Complexity: O(layers · series)
    public func svg() -> String {
        let columns = panels.map(\.layers.count).max() ?? 0
        let labels = panels.flatMap(\.layers).map { PlotStyle.width(of: $0) * 0.92 }.max() ?? 0
        let rowHeight = Self.panelHeight + labels + 62
        let legend = 86.0 + 24 * Double(series.count)
        let longest = ([title] + series).map { PlotStyle.width(of: $0) * 1.35 }.max() ?? 0
        let panelWidth = max(
            Self.left + Self.columnWidth * Double(max(columns, 1)) + Self.gap,
            panels.map { Self.left + PlotStyle.width(of: $0.name) + Self.gap }.max() ?? 0)
        let across = max(1, min(panels.count, Int(Self.pageWidth / panelWidth)))
        let rows = (panels.count + across - 1) / across
        let width = max(
            panelWidth * Double(across), longest + 60,
            PlotStyle.width(of: subtitle) * 0.95 + 40, 420)
        var drawing = SVGDrawing(width: width, height: legend + rowHeight * Double(rows) + 10)
        drawing.text(title, x: 20, y: 32, style: "title")
        drawing.text(subtitle, x: 20, y: 54, style: "soft")
        for (index, name) in series.enumerated() {
            let y = 80 + 24 * Double(index)
            drawing.marker(
                x: 30, y: y, corners: PlotStyle.marker(index), radius: 5.5,
                color: PlotStyle.color(index), note: nil)
            drawing.text(name, x: 44, y: y + 4.5)
        }
        let scale = Scale(panels.flatMap(\.values).flatMap(\.self).compactMap(\.self))
        for (index, panel) in panels.enumerated() {
            draw(
                panel, left: Self.left + panelWidth * Double(index % across),
                top: legend + rowHeight * Double(index / across) + 24, scale, in: &drawing)
        }
        return drawing.document(title: title, description: description)
    }

    /// From a round number below the lowest score to one above the highest, so that differences show.
    private struct Scale {
        let low: Double
        let high: Double
        let step: Double

        init(_ values: [Double]) {
            let finite = values.filter(\.isFinite)
            let (least, most) = (finite.min() ?? 0, finite.max() ?? 100)
            let span = max(most - least, 1)
            step = [1, 2, 5, 10, 20, 50, 100].first { span / $0 <= 5 } ?? span / 5
            low = (least / step).rounded(.down) * step
            high = max((most / step).rounded(.up) * step, low + step)
        }

        var ticks: [Double] { Array(stride(from: low, through: high + step / 2, by: step)) }
    }

    private func draw(
        _ panel: Panel, left: Double, top: Double, _ scale: Scale, in drawing: inout SVGDrawing
    ) {
        let bottom = top + Self.panelHeight
        func x(_ layer: Int) -> Double { left + Self.columnWidth * (Double(layer) + 0.5) }
        func y(_ value: Double) -> Double {
            bottom - (value - scale.low) / (scale.high - scale.low) * Self.panelHeight
        }
        let right = left + Self.columnWidth * Double(panel.layers.count)
        drawing.text(panel.name, x: left, y: top - 10)
        for tick in scale.ticks {
            drawing.line((left, y(tick)), (right, y(tick)), style: "grid")
            drawing.text(
                SVGDrawing.number(tick), x: left - 8, y: y(tick) + 4.5, style: "soft",
                anchor: .end)
        }
        drawing.line((left, bottom), (right, bottom), style: "axis")
        for (layer, name) in panel.layers.enumerated() {
            drawing.text(
                name, x: x(layer) + 4.5, y: bottom + 10, style: "soft", anchor: .end, rotated: true)
        }
        for (index, values) in panel.values.enumerated() {
            let points = values.enumerated().compactMap { layer, value in
                value.flatMap { $0.isFinite ? (layer: layer, value: $0) : nil }
            }
            let places = points.map { (x: x($0.layer), y: y($0.value)) }
            if places.count > 1 { drawing.polyline(places, color: PlotStyle.color(index)) }
            let best = points.map(\.value).max()
            for (point, place) in zip(points, places) {
                let text = NumberText.fixed(point.value, decimals: 1)
                drawing.marker(
                    x: place.x, y: place.y, corners: PlotStyle.marker(index),
                    radius: point.value == best ? 6.5 : 4, color: PlotStyle.color(index),
                    note: "\(panel.name), \(panel.layers[point.layer]), \(series[index]): \(text)")
                if point.value == best {
                    // Below where another series' marker is in the way.
                    let isCrowded = panel.values.enumerated().contains { other, values in
                        other != index
                            && values[point.layer].map { (0...26).contains(place.y - y($0)) }
                                ?? false
                    }
                    drawing.text(
                        text, x: place.x, y: place.y + (isCrowded ? 20 : -10), style: "soft",
                        anchor: .middle)
                }
            }
        }
    }

    private var description: String {
        panels.map { panel in
            let layers = panel.layers.indices.map { layer in
                let values = zip(series, panel.values).map { name, values in
                    "\(name) \(values[layer].map { NumberText.fixed($0, decimals: 1) } ?? "none")"
                }
                return "\(panel.layers[layer]) \(values.joined(separator: ", "))"
            }
            return "\(panel.name): \(layers.joined(separator: "; "))"
        }.joined(separator: ". ")
    }
}
