/// A picture of recall against queries a second, one curve for every index.
public struct OperatingPlot: Sendable {
    private let title: String
    private let subtitle: String
    private let k: Int
    private let curves: [OperatingPoints]

    /// Prepares a plot.
    ///
    /// - Parameters:
    ///   - title: what was compared.
    ///   - subtitle: on what data and machine, in one line.
    ///   - k: of recall@k, for the axis.
    ///   - curves: their order is that of the legend and of the colours. Points without a recall
    ///     from 0 to 1 and a positive rate are left out.
    public init(title: String, subtitle: String = "", k: Int, curves: [OperatingPoints]) {
        self.title = title
        self.subtitle = subtitle
        self.k = k
        self.curves = curves.map { curve in
            let points = curve.points.filter {
                $0.recall >= 0 && $0.recall <= 1 && $0.queriesPerSecond > 0
                    && $0.queriesPerSecond.isFinite
            }
            return OperatingPoints(name: curve.name, points: points)
        }
    }

    private static let width = 800.0
    private static let height = 480.0
    private static let left = 74.0
    private static let top = 78.0
    private static let bottom = 420.0

    /// The picture as an SVG document.
    ///
    /// - Complexity: O(points)
    public func svg() -> String {
        var drawing = SVGDrawing(width: Self.width, height: Self.height)
        let points = curves.flatMap(\.points)
        let recalls = RecallAxis(points.map(\.recall))
        let rates = LogarithmicAxis(points.map(\.queriesPerSecond))
        let legendWidth = curves.map { PlotStyle.width(of: $0.name) }.max() ?? 0
        let right = Self.width - 70 - min(260, legendWidth)
        let frame = Frame(recalls: recalls, rates: rates, right: right)

        drawing.text(title, x: 20, y: 32, style: "title")
        drawing.text(subtitle, x: 20, y: 54, style: "soft")
        drawAxes(frame, in: &drawing)
        for (series, curve) in curves.enumerated() { draw(curve, series, frame, in: &drawing) }
        drawLegend(x: right + 36, in: &drawing)
        return drawing.document(title: title, description: description)
    }

    /// Where values lie in the picture.
    private struct Frame {
        let recalls: RecallAxis
        let rates: LogarithmicAxis
        let right: Double

        func x(_ recall: Double) -> Double {
            OperatingPlot.left + recalls.position(recall) * (right - OperatingPlot.left)
        }

        func y(_ rate: Double) -> Double {
            OperatingPlot.bottom
                - rates.position(rate) * (OperatingPlot.bottom - OperatingPlot.top)
        }
    }

    private var description: String {
        curves.map { curve in
            curve.name + ": " + curve.points.map { Self.words($0) }.joined(separator: "; ")
        }.joined(separator: ". ")
    }

    private static func words(_ point: OperatingPoint) -> String {
        let setting = point.parameter.map { "at \($0), " } ?? ""
        let rate = NumberText.grouped(Int(min(point.queriesPerSecond, 1e15).rounded()))
        return setting + "recall \(NumberText.fixed(point.recall, decimals: 4)), \(rate) queries/s"
    }

    private func drawAxes(_ frame: Frame, in drawing: inout SVGDrawing) {
        let (left, right, top, bottom) = (Self.left, frame.right, Self.top, Self.bottom)
        for tick in frame.rates.ticks {
            let y = frame.y(tick)
            drawing.line((left, y), (right, y), style: "grid")
            drawing.text(
                LogarithmicAxis.label(tick), x: left - 8, y: y + 4.5, style: "soft", anchor: .end)
        }
        for tick in frame.recalls.ticks(spacing: 44 / (right - left)) {
            let x = frame.x(tick)
            drawing.line((x, top), (x, bottom), style: "grid")
            drawing.text(
                SVGDrawing.number(tick, decimals: 3), x: x, y: bottom + 20, style: "soft",
                anchor: .middle)
        }
        drawing.line((left, top), (left, bottom), style: "axis")
        drawing.line((left, bottom), (right, bottom), style: "axis")
        drawing.text(
            "recall@\(k), right is better", x: (left + right) / 2, y: bottom + 44, anchor: .middle)
        drawing.text(
            "queries/s, up is better", x: 22, y: (top + bottom) / 2, anchor: .middle, rotated: true)
    }

    private func draw(
        _ curve: OperatingPoints, _ series: Int, _ frame: Frame, in drawing: inout SVGDrawing
    ) {
        let points = curve.points.sorted {
            ($0.recall, $1.queriesPerSecond) < ($1.recall, $0.queriesPerSecond)
        }
        let places = points.map { (x: frame.x($0.recall), y: frame.y($0.queriesPerSecond)) }
        if places.count > 1 { drawing.polyline(places, color: PlotStyle.color(series)) }
        for (point, place) in zip(points, places) {
            drawing.marker(
                x: place.x, y: place.y, corners: PlotStyle.marker(series), radius: 5.5,
                color: PlotStyle.color(series), note: "\(curve.name) \(Self.words(point))")
        }
    }

    private func drawLegend(x: Double, in drawing: inout SVGDrawing) {
        for (series, curve) in curves.enumerated() {
            let y = Self.top + 10 + 24 * Double(series)
            drawing.marker(
                x: x, y: y, corners: PlotStyle.marker(series), radius: 5.5,
                color: PlotStyle.color(series), note: nil)
            drawing.text(curve.name, x: x + 14, y: y + 4.5)
        }
    }
}
