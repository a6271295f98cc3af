import Evaluation
import SearchService

extension ComparisonReport {
    /// Recall against queries a second as an SVG, one curve a kind.
    var plot: String {
        OperatingPlot(
            title: "\(collection)/\(vector): recall and speed",
            subtitle: "\(counted(count, "vector")) of \(counted(dimension, "number")), \(metric); "
                + "\(counted(queryCount, "query", "queries"))\(isSeen ? " that it holds" : ""), one thread, "
                + limits.instructionSet,
            k: k,
            curves: kinds.map { kind in
                OperatingPoints(
                    name: kind.kind,
                    points: kind.settings.map { setting in
                        OperatingPoint(
                            parameter: setting.parameter, recall: setting.recall,
                            queriesPerSecond: setting.queriesPerSecond)
                    })
            }
        ).svg()
    }
}

extension ComparisonReport {
    private var isSeen: Bool { kinds.contains(where: \.queriesSeen) }
}

extension ComparedSetting {
    /// The number at the end of the setting, such as 64 of `efSearch 64`.
    fileprivate var parameter: Int? {
        setting.split(separator: " ").last.flatMap { Int($0) }
    }
}

extension EvaluationReport {
    /// The scores as an SVG, a row a label and a column a field and metric.
    func plot() throws(EvaluationError) -> String {
        let metrics = Set(fields.map(\.metric))
        let columns = fields.map { field in
            metrics.count > 1 ? "\(field.vector) \(field.metric)" : field.vector
        }
        let labels = fields.first?.labels.compactMap(\.label) ?? []
        let rows = labels.map { label in
            (name: label, values: fields.map { $0.score(of: label) })
        }
        return try ScoreTable(
            title: "\(collection): relevance score",
            subtitle: "the first \(k) results of every labelled point, \(kind)",
            columns: columns,
            rows: rows + [(name: "overall", values: fields.map(\.overall.score))]
        ).svg()
    }
}

extension EvaluatedField {
    /// The score of a label, or nil where no point of this field has it.
    func score(of label: String) -> Double? {
        labels.first { $0.label == label }?.score
    }
}
