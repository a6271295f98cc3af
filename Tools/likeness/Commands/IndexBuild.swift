import ArgumentParser
import IndexCatalog
import IndexDefinitions
import SearchService
import VectorCore

/// Builds and publishes an index.
struct IndexBuild: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Builds an index over a vector field and publishes it.",
        discussion: """
            The kinds are \(kinds). An index of the same kind, field and \
            metric is replaced once the new one is complete; searches never wait. What the index and building \
            it will take is said before, and what does not fit the memory is refused. Ctrl-C stops a build and \
            leaves everything as it was.

            Parameters:

            \(KindFlags.help)

            Example:
              likeness index build pictures --kind hnsw --m 16 --ef-construction 200
              likeness index build pictures --kind hnsw --codes rq8 --vectors store
            """)

    /// Each kind with what it is.
    private static var kinds: String {
        let all = IndexCatalog.definitions.map { "\($0.kind) (\($0.summary))" }
        return all.dropLast().joined(separator: ", ") + " and " + (all.last ?? "")
    }

    @Argument(help: "The collection.")
    var collection: String

    @Option(help: "The vector field; needed where the collection has several.")
    var vector: String?

    @Option(help: "What to build.")
    var kind: IndexKind

    @Option(
        help: "The metric: \(DistanceMetric.names) (default: the field's).", transform: Value.metric
    )
    var metric: DistanceMetric?

    @Option(
        name: .customLong("parameter"),
        help: ArgumentHelp(
            "A parameter of the kind, as above; --m 16 is short for --parameter m=16.",
            valueName: "name=value"))
    var named: [NamedValue] = []

    @Option(
        help: ArgumentHelp(
            "How many bytes building may take, such as 800M or 8G (default: what is free).",
            valueName: "bytes"),
        transform: Value.byteCount)
    var memoryLimit: Int?

    @Option(help: "How many threads build (default: all cores).", transform: Value.positive)
    var threads: Int?

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        _ = try named.parameters(of: IndexCatalog.definition(of: kind))
    }

    func run() throws {
        var request = IndexBuildRequest(
            collection: collection, vector: vector, kind: kind, metric: metric,
            parameters: try named.parameters(of: IndexCatalog.definition(of: kind)),
            threads: threads)
        request.memoryLimit = memoryLimit
        let engine = try store.open(.readWrite)
        let estimate = try engine.estimate(request)
        if estimate.count > 0 { Console.note(text(estimate)) }
        let line = ProgressLine(unit: "vectors")
        defer { line.clear() }
        let index = try engine.buildIndex(request) { line.show($0) }
        line.clear()
        if output.isJSON {
            try Console.print(index.json)
        } else {
            let rate = Double(index.count) / max(index.buildSeconds, 1e-9)
            try Console.print(
                """
                \(index.title): \(counted(index.count, "vector")), \
                \(size(ofBytes: index.fileByteCount)), built in \(duration(index.buildSeconds)) \
                (\(rounded(rate)) vectors/s)\(measured(index))\
                \(index.parameters.isEmpty ? "" : ", ")\(index.parameters)
                """)
        }
    }

    private func measured(_ index: IndexSummary) -> String {
        index.measuringSeconds > 0
            ? ", recall measured in \(duration(index.measuringSeconds))" : ""
    }

    /// What the index will take, said before anything is computed.
    private func text(_ estimate: IndexBuildEstimate) -> String {
        let memory = estimate.memory
        let parts = [
            ("vectors", memory.vectors), ("codes", memory.codes), (memory.linksName, memory.links),
        ]
        .filter { $0.1 > 0 }.map { "\($0) \(size(ofBytes: $1))" }
        let whole = parts.count > 1 ? " (\(parts.joined(separator: ", ")))" : ""
        let free = estimate.availableByteCount.map {
            ", and \(size(ofBytes: $0)) are \(memoryLimit == nil ? "free" : "allowed")"
        }
        return "the index of \(counted(estimate.count, "vector")) will take about "
            + "\(size(ofBytes: memory.index))\(whole); building it takes up to "
            + "\(size(ofBytes: estimate.buildByteCount))\(free ?? "")"
    }
}
