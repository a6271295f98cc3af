import ArgumentParser
import IndexCatalog
import SearchService
import VectorCore

/// Compares the index kinds with the exact answer.
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says how close the index kinds come to the exact answer, and how fast.",
        discussion: """
            Every kind answers the same queries, with a sweep of its search parameter; recall is \
            counted against exact answers computed in the same run. A kind that is not published \
            is built for the comparison; one that is not exact then without the queries, where those are drawn \
            from the collection. A published one holds such queries and finds them more easily than \
            new ones: its recall is marked *, and beside it is what the index knows of queries that \
            are new. A file of queries measures that itself.

            Examples:
              likeness compare pictures --kinds flat,hnsw --queries 500 --plot recall.svg
              likeness compare pictures --kinds hnsw --queries asked.npy
            """)

    @Argument(help: "The collection.")
    var collection: String

    @Option(help: "The vector field; needed where the collection has several.")
    var vector: String?

    @Option(
        name: .customShort("k"),
        help: ArgumentHelp("How many neighbours (default: 10).", valueName: "n"),
        transform: Value.positive)
    var k = 10

    @Option(
        help: ArgumentHelp(
            "The kinds, with commas between (default: all).", valueName: "kinds"),
        transform: Value.kinds)
    var kinds = IndexCatalog.exactFirst

    @Option(
        help: ArgumentHelp(
            """
            How many points of the collection ask, at most a tenth of a large one, or a file of \
            vectors that do (default: 1000).
            """, valueName: "n|file"),
        completion: .file(), transform: querySource)
    var queries = QuerySource.sample(1000)

    @Option(
        help: "The metric: \(DistanceMetric.names) (default: the field's).", transform: Value.metric
    )
    var metric: DistanceMetric?

    @Option(
        help: "How many threads answer batches and build (default: all cores).",
        transform: Value.positive)
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            """
            How many bytes an index of a kind that has such a limit may take, such as 800M or 8G; beyond that it \
            is built on as \
            many vectors as fit (default: 2G).
            """, valueName: "bytes"),
        transform: Value.byteCount)
    var byteLimit: Int?

    @Option(
        help: ArgumentHelp("Draw recall against queries/s as an SVG.", valueName: "out.svg"),
        completion: .file(extensions: ["svg"]))
    var plot: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var request = CompareRequest(
            collection: collection, vector: vector, metric: metric, k: k,
            kinds: kinds, queries: queries, threads: threads)
        if let byteLimit { request.byteLimit = byteLimit }
        let engine = try store.open(.readOnly)
        if let plot { try engine.checkOutput(plot, asking: queryFiles) }
        let line = ProgressLine()
        defer { line.clear() }
        let report = try engine.compare(request) { line.step($0) }
        line.clear()
        for warning in report.warnings { Console.warn(warning) }
        if let plot { try FileOutput.write(Array(report.plot.utf8), toFile: plot) }
        try output.isJSON ? Console.print(report.json) : Console.print(report.text)
        if !report.warnings.isEmpty { throw ExitCode.partial }
    }

    private var queryFiles: [String] {
        if case .file(let path) = queries { [path] } else { [] }
    }
}

/// Reads a number of queries, or else a file's name.
private func querySource(_ text: String) throws -> QuerySource {
    guard let count = Int(text) else {
        guard !text.isEmpty else { throw ValidationError("it must be a number or a file.") }
        return .file(text)
    }
    guard count >= 1 else { throw ValidationError("there must be 1 query or more.") }
    return .sample(count)
}
