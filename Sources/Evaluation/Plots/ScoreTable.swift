/// A picture of a table of scores, each cell tinted by its value, such as layers × poolings.
public struct ScoreTable: Sendable {
    private let title: String
    private let subtitle: String
    private let columns: [String]
    private let rows: [(name: String, values: [Double?])]
    private let decimals: Int

    /// Prepares a picture.
    ///
    /// - Parameters:
    ///   - title: what the scores are.
    ///   - subtitle: how they were measured, in one line.
    ///   - columns: their names.
    ///   - rows: names and values, higher being better, one a column; nil where there is none.
    ///   - decimals: how many are shown.
    /// - Throws: ``EvaluationError`` where a row has another number of values than there are
    ///   columns.
    public init(
        title: String, subtitle: String = "", columns: [String],
        rows: [(name: String, values: [Double?])], decimals: Int = 1
    ) throws(EvaluationError) {
        for row in rows where row.values.count != columns.count {
            throw EvaluationError(
                "Row \(row.name) has \(row.values.count) values for \(columns.count) columns.")
        }
        self.title = title
        self.subtitle = subtitle
        self.columns = columns
        self.rows = rows
        self.decimals = decimals
    }

    /// The picture as an SVG document.
    ///
    /// - Complexity: O(rows · columns)
    public func svg() -> String {
        let cellHeight = 30.0
        let top = 96.0
        let nameWidth = rows.map { PlotStyle.width(of: $0.name) }.max() ?? 0
        let cellWidth = max(76, (columns.map { PlotStyle.width(of: $0) }.max() ?? 0) + 16)
        let left = 20 + nameWidth + 12
        let width = max(
            left + cellWidth * Double(columns.count) + 20,
            PlotStyle.width(of: title) * 1.35 + 40, PlotStyle.width(of: subtitle) * 0.95 + 40)
        var drawing = SVGDrawing(
            width: width, height: top + cellHeight * Double(rows.count) + 20)

        drawing.text(title, x: 20, y: 32, style: "title")
        drawing.text(subtitle, x: 20, y: 54, style: "soft")
        for (column, name) in columns.enumerated() {
            let x = left + cellWidth * (Double(column) + 0.5)
            drawing.text(name, x: x, y: top - 10, style: "soft", anchor: .middle)
        }
        let values = rows.flatMap(\.values).compactMap(\.self).filter(\.isFinite)
        let lowest = values.min() ?? 0
        let span = max((values.max() ?? 1) - lowest, 1e-9)
        for (index, row) in rows.enumerated() {
            let y = top + cellHeight * Double(index)
            drawing.text(row.name, x: left - 12, y: y + 20, anchor: .end)
            for (column, value) in row.values.enumerated() {
                let x = left + cellWidth * Double(column)
                guard let value, value.isFinite else {
                    drawing.text(
                        "–", x: x + cellWidth / 2, y: y + 20, style: "soft", anchor: .middle)
                    continue
                }
                let tint = Tint(share: (value - lowest) / span)
                let text = NumberText.fixed(value, decimals: decimals)
                drawing.rectangle(
                    x: x + 1.5, y: y + 1.5, width: cellWidth - 3, height: cellHeight - 3,
                    fill: tint.fill, note: "\(row.name), \(columns[column]): \(text)")
                drawing.text(
                    text, x: x + cellWidth / 2, y: y + 20, style: "cell", anchor: .middle,
                    attributes: " fill=\"\(tint.ink)\"")
            }
        }
        let description = rows.map { row in
            let cells = zip(columns, row.values).map { name, value in
                "\(name) \(value.map { NumberText.fixed($0, decimals: decimals) } ?? "none")"
            }
            return "\(row.name): \(cells.joined(separator: ", "))"
        }
        return drawing.document(title: title, description: description.joined(separator: ". "))
    }

    /// A blue between pale and deep, and the ink that is read on it.
    private struct Tint {
        let fill: String
        let ink: String

        init(share: Double) {
            let pale: [Double] = [226, 238, 248]
            let deep: [Double] = [5, 74, 128]
            // The upper half of the scores takes most of the scale, for that is where people choose.
            let weight = share * share
            let parts = zip(pale, deep).map { Int(($0 + ($1 - $0) * weight).rounded()) }
            fill = "rgb(\(parts[0]),\(parts[1]),\(parts[2]))"
            ink = weight > 0.45 ? "#ffffff" : "#1b2733"
        }
    }
}
