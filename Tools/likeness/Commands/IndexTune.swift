import ArgumentParser
import JSON
import SearchService
import VectorCore

/// Measures with the user's queries how well searches by a graph find.
struct IndexTune: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tune",
        abstract: "Measures with your queries what recall an hnsw index reaches, and keeps that.",
        discussion: """
            The file holds vectors like those that will be asked for, not points of the \
            collection. Of more than 1,000 so many are taken. The table that is printed is kept in \
            the index, and later searches with --recall go by it alone. The graph stays as it is.

            Example:
              likeness index tune pictures --queries asked.npy
            """)

    @Argument(help: "The collection.")
    var collection: String

    @Option(help: "A file of vectors to ask with.", completion: .file())
    var queries: String

    @Option(help: "The vector field; needed where the collection has several.")
    var vector: String?

    @Option(help: "The kind of the index (default: hnsw, the only one that is not exact).")
    var kind = KindName.hnsw

    @Option(
        help: "The metric: \(DistanceMetric.names) (default: the field's).", transform: Value.metric
    )
    var metric: DistanceMetric?

    @Option(help: "How many threads measure (default: all cores).", transform: Value.positive)
    var threads: Int?

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard kind == .hnsw else {
            throw ValidationError("An index of kind \(kind.rawValue) is exact; only hnsw is tuned.")
        }
    }

    func run() throws {
        let request = TuneRequest(
            collection: collection, vector: vector, kind: kind.rawValue, metric: metric,
            queries: .file(queries), threads: threads)
        let report = try store.open(.readWrite).tuneIndex(request)
        if output.isJSON {
            var object = report.index.json
            object["tuning_seconds"] = .number(report.seconds)
            try Console.print(object)
        } else {
            let points = report.index.operatingPoints.map { "\n" + $0.text } ?? ""
            try Console.print(
                "\(report.index.title): measured in \(duration(report.seconds))\(points)")
        }
    }
}
