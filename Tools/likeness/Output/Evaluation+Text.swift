import Evaluation
import SearchService
import VectorCore

extension EvaluationReport {
    /// The evaluation as people read it: a row a field, then a row a label, which has all
    /// measures where there is one field and the score where there are several.
    var text: String {
        var lines = ["\(collection): results 1 to \(k) of every labelled point, \(kind)"]
        if unlabelled > 0 {
            lines.append("\(counted(unlabelled, "point")) without a label left out")
        }
        lines.append(
            table(
                [
                    .number("#"), .text("vector field"), .text("metric"), .number("numbers"),
                    .number("queries"), .number("score"), .number("precision@\(k) %"),
                    .number("precision@10 %"),
                ],
                fields.enumerated().map { position, field in
                    [
                        "\(position + 1)", field.vector, field.metric.description,
                        NumberText.grouped(field.dimension),
                        NumberText.grouped(field.overall.queryCount),
                        NumberText.fixed(field.overall.score, decimals: 1),
                        NumberText.fixed(field.overall.precision, decimals: 1),
                        NumberText.fixed(field.overall.precisionAt10, decimals: 1),
                    ]
                }))
        if fields.count == 1, let labels = fields.first?.labels, !labels.isEmpty {
            lines.append(
                table(
                    [
                        .text("label"), .number("queries"), .number("score"),
                        .number("precision@\(k) %"), .number("precision@10 %"),
                    ],
                    labels.map { scores in
                        [scores.label ?? "", NumberText.grouped(scores.queryCount)]
                            + [scores.score, scores.precision, scores.precisionAt10]
                            .map { NumberText.fixed($0, decimals: 1) }
                    }))
        } else if let labels = fields.first?.labels, !labels.isEmpty {
            lines.append("score by label:")
            lines.append(
                table(
                    [.text("label"), .number("queries")]
                        + fields.indices.map { .number("#\($0 + 1)") },
                    labels.map { row($0) }))
        }
        return lines.joined(separator: "\n")
    }

    /// A label with its score in every field, which may lack it.
    private func row(_ scores: LabelScores) -> [String] {
        [scores.label ?? "", NumberText.grouped(scores.queryCount)]
            + fields.map { field in
                field.score(of: scores.label ?? "").map { NumberText.fixed($0, decimals: 1) } ?? ""
            }
    }
}
