import Evaluation
import SearchService
import VectorCore

/// Evaluations of several collections side by side: a row a vector field and metric, in the order of
/// the networks' layers, and a column a collection.
struct EvaluationGrid {
    private struct Row {
        let model: String
        let layer: String
        let metric: DistanceMetric
        let dimension: Int
        /// The overall score in every collection, where it has the field.
        let scores: [Double?]
    }

    private let reports: [EvaluationReport]
    private let rows: [Row]
    private let hasMetrics: Bool

    /// - Parameters:
    ///   - reports: one a collection.
    ///   - models: those that are installed, which tell the order of their layers.
    init(_ reports: [EvaluationReport], models: [ModelSummary]) {
        self.reports = reports
        var fields: [(key: Key, field: EvaluatedField)] = []
        var seen: Set<String> = []
        for field in reports.flatMap(\.fields)
        where seen.insert("\(field.vector) \(field.metric)").inserted {
            fields.append((Key(field, models), field))
        }
        rows = fields.sorted { $0.key < $1.key }.map { key, field in
            Row(
                model: key.model, layer: key.layer, metric: field.metric,
                dimension: field.dimension,
                scores: reports.map { report in
                    report.fields.first {
                        $0.vector == field.vector && $0.metric == field.metric
                    }?.overall.score
                })
        }
        hasMetrics = Set(rows.map(\.metric)).count > 1
    }

    /// The place of a field: by model, then by layer from the input on, then by pooling and metric.
    private struct Key: Comparable {
        let model: String
        let layer: String
        private let place: Int
        private let metric: String

        init(_ field: EvaluatedField, _ models: [ModelSummary]) {
            let parts = field.vector.split(separator: "/", maxSplits: 1).map(String.init)
            model = parts.count == 2 ? parts[0] : ""
            layer = parts.last ?? field.vector
            metric = field.metric.description
            let name = layer.split(separator: ".").dropLast().joined(separator: ".")
            let model = model
            place =
                models.first { $0.name == model }?.layers.firstIndex { $0.name == name } ?? .max
        }

        static func < (left: Key, right: Key) -> Bool {
            (left.model, left.place, left.layer, left.metric)
                < (right.model, right.place, right.layer, right.metric)
        }
    }

    /// The highest score of every column.
    private var best: [Double?] {
        reports.indices.map { column in rows.compactMap { $0.scores[column] }.max() }
    }

    /// The grid as people read it, the best of every column marked.
    var text: String {
        var columns: [TableColumn] = [.text("model"), .text("layer")]
        if hasMetrics { columns.append(.text("metric")) }
        columns.append(.number("numbers"))
        columns += reports.map { .number($0.collection) }
        var last: String?
        let best = best
        let cells = rows.map { row in
            var cells = [row.model == last ? "" : row.model, row.layer]
            last = row.model
            if hasMetrics { cells.append(row.metric.description) }
            cells.append(NumberText.grouped(row.dimension))
            for (column, score) in row.scores.enumerated() {
                let mark = score != nil && score == best[column] ? "*" : " "
                cells.append(score.map { NumberText.fixed($0, decimals: 1) + mark } ?? "")
            }
            return cells
        }
        return [heading, table(columns, cells), "* the best of its column"]
            .joined(separator: "\n")
    }

    private var heading: String {
        let sizes = reports.map { report in
            let queries = report.fields.map(\.overall.queryCount).max() ?? 0
            return "\(report.collection) (\(counted(queries, "query", "queries")))"
        }
        return "relevance score of results 1 to \(reports.first?.k ?? 0) of every labelled point, "
            + "\(reports.first?.kind ?? "exact"): \(sizes.joined(separator: ", "))"
    }

    /// The grid as an SVG: a panel a model, a line a collection, pooling and metric.
    func plot() throws(EvaluationError) -> String {
        struct Series: Hashable {
            let column: Int
            let kind: String
        }
        func parts(_ row: Row) -> (layer: String, kind: String) {
            let dot = row.model.isEmpty ? nil : row.layer.lastIndex(of: ".")
            let pooling = dot.map { String(row.layer[row.layer.index(after: $0)...]) } ?? ""
            let layer = dot.map { String(row.layer[..<$0]) } ?? row.layer
            let kinds = [pooling, hasMetrics ? row.metric.description : ""].filter { !$0.isEmpty }
            return (layer, kinds.joined(separator: " "))
        }
        var kinds: [String] = []
        for row in rows where !kinds.contains(parts(row).kind) { kinds.append(parts(row).kind) }
        let series = reports.indices.flatMap { column in
            kinds.map { Series(column: column, kind: $0) }
        }
        var models: [String] = []
        for row in rows where !models.contains(row.model) { models.append(row.model) }
        let panels = models.map { model in
            let own = rows.filter { $0.model == model }
            var layers: [String] = []
            for row in own where !layers.contains(parts(row).layer) {
                layers.append(parts(row).layer)
            }
            let values = series.map { series in
                layers.map { layer in
                    own.first { parts($0) == (layer, series.kind) }.flatMap {
                        $0.scores[series.column]
                    }
                }
            }
            return LayerPlot.Panel(
                name: model.isEmpty ? "vectors" : model, layers: layers, values: values)
        }
        return try LayerPlot(
            title: "Relevance score by layer",
            subtitle: "the first \(reports.first?.k ?? 0) results of every labelled point, "
                + "\(reports.first?.kind ?? "exact"); layers from the input on",
            series: series.map { series in
                kinds.count > 1
                    ? "\(reports[series.column].collection), \(series.kind)"
                    : reports[series.column].collection
            }, panels: panels
        ).svg()
    }
}
