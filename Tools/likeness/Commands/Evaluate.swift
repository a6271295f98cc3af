import ArgumentParser
import SearchService
import VectorCore

/// Scores vector fields by labels.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Scores vector fields by how often neighbours share a label.",
        discussion: """
            Every labelled point asks for its k nearest. The score is that of the ConvNet \
            Playground, which weighs a result by its rank; precision is the plain share of \
            results with the query's label.

            Example:
              likeness evaluate pictures --metric cosine --metric l2 --plot scores.svg
            """)

    @Argument(help: "The collection.")
    var collection: String

    @Option(
        name: .customLong("vector"), help: "A vector field; repeat for several (default: all).")
    var vectors: [String] = []

    @Option(
        name: .customLong("metric"),
        help: "A metric: \(DistanceMetric.names); repeat for several (default: the field's).",
        transform: Value.metric)
    var metrics: [DistanceMetric] = []

    @Option(help: "Answer by the published index of this kind (default: exactly).")
    var kind: KindName?

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

    func run() throws {
        let report = try store.open(.readOnly).evaluate(
            EvaluateRequest(
                collection: collection, vectors: vectors, kind: kind?.rawValue, label: label,
                k: k, metrics: metrics))
        if let plot { try FileOutput.write(Array(report.plot().utf8), toFile: plot) }
        try output.isJSON ? Console.print(report.json) : Console.print(report.text)
    }
}
