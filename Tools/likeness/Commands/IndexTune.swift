import ArgumentParser
import IndexCatalog
import IndexDefinitions
import JSON
import SearchService
import VectorCore

/// Measures with the user's queries how well searches by a graph find.
struct IndexTune: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tune",
        abstract: "Measures with your queries what recall an index reaches, and keeps that.",
        discussion: """
            The file holds vectors like those that will be asked for, not points of the \
            collection. Of more than 1,000 so many are taken. The table that is printed is kept in \
            the index, and later searches with --recall go by it alone. The index stays as it is otherwise.

            Example:
              likeness index tune pictures --queries asked.npy
            """)

    @Argument(help: "The collection.")
    var collection: String

    @Option(help: "A file of vectors to ask with.", completion: .file())
    var queries: String

    @Option(help: "The vector field; needed where the collection has several.")
    var vector: String?

    @Option(help: "The kind of the index, one that is not exact.")
    var kind = IndexCatalog.usualKind

    @Option(
        help: "The metric: \(DistanceMetric.names) (default: the field's).", transform: Value.metric
    )
    var metric: DistanceMetric?

    @Option(help: "How many threads measure (default: all cores).", transform: Value.positive)
    var threads: Int?

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard try IndexCatalog.definition(of: kind).isExact else { return }
        throw ValidationError("An index of kind \(kind) is exact, so there is nothing to tune.")
    }

    func run() throws {
        let request = TuneRequest(
            collection: collection, vector: vector, kind: kind, metric: metric,
            queries: .file(queries), threads: threads)
        let report = try store.open(.readWrite).tuneIndex(request)
        if output.isJSON {
            var object = report.index.json
            object["tuning_seconds"] = .number(report.seconds)
            try Console.print(object)
        } else {
            let points =
                report.index.operatingPoints.map { "\n" + $0.text(report.index.setting) } ?? ""
            try Console.print(
                "\(report.index.title): measured in \(duration(report.seconds))\(points)")
        }
    }
}
