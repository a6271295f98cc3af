import ArgumentParser
import JSON
import SearchService
import VectorCore

/// Scores vector fields by labels.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Scores vector fields by how often neighbours share a label.",
        discussion: """
            Every labelled point asks for its k nearest. The score is that of the ConvNet \
            Playground, which weighs a result by its rank; precision is the plain share of \
            results with the query's label. Several collections are scored side by side, their \
            fields in the order of the networks' layers.

            Example:
              likeness evaluate pictures --metric cosine --metric l2 --plot scores.svg
              likeness evaluate iconic200 fashion200 --plot layers.svg
            """)

    @Argument(help: "The collection; name several to see them side by side.")
    var collections: [String]

    @Option(
        name: .customLong("vector"), help: "A vector field; repeat for several (default: all).")
    var vectors: [String] = []

    @Option(
        name: .customLong("metric"),
        help: "A metric: \(DistanceMetric.names); repeat for several (default: the field's).",
        transform: Value.metric)
    var metrics: [DistanceMetric] = []

    @Option(help: "Answer by the published index of this kind (default: exactly).")
    var kind: IndexKind?

    @Option(help: "Where the label lies in the payload.")
    var label = "label"

    @Option(
        name: .customShort("k"),
        help: ArgumentHelp("How many results are scored (default: 15).", valueName: "n"),
        transform: Value.positive)
    var k = 15

    @Option(
        help: ArgumentHelp("Draw the scores as an SVG.", valueName: "out.svg"),
        completion: .file(extensions: ["svg"]))
    var plot: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    /// More fields than this are shown as layers, not by label.
    private static let fewFields = 12

    func validate() throws {
        guard Set(collections).count == collections.count else {
            throw ValidationError("a collection is named twice.")
        }
    }

    func run() throws {
        let engine = try store.open(.readOnly)
        if let plot { try engine.checkOutput(plot) }
        let line = ProgressLine()
        defer { line.clear() }
        let reports = try collections.map { collection in
            try engine.evaluate(
                EvaluateRequest(
                    collection: collection, vectors: vectors, kind: kind, label: label,
                    k: k, metrics: metrics)
            ) { line.step("\(collection): \($0)") }
        }
        line.clear()
        if let report = reports.first, reports.count == 1, report.fields.count <= Self.fewFields {
            if let plot { try FileOutput.write(Array(report.plot().utf8), toFile: plot) }
            return try output.isJSON ? Console.print(report.json) : Console.print(report.text)
        }
        let grid = EvaluationGrid(reports, models: (try? Engine.models()) ?? [])
        if let plot { try FileOutput.write(Array(grid.plot().utf8), toFile: plot) }
        guard output.isJSON else { return try Console.print(grid.text) }
        guard let report = reports.first, reports.count == 1 else {
            return try Console.print(["evaluations": JSONValue(reports) { $0.json }])
        }
        try Console.print(report.json)
    }
}
