import ArgumentParser
import SearchService
import VectorCore

/// Builds and publishes an index.
struct IndexBuild: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Builds an index over a vector field and publishes it.",
        discussion: """
            The kinds are flat (an exact scan), matrix (all distances computed beforehand) and \
            hnsw (a navigable graph, approximate and fast). An index of the same kind, field and \
            metric is replaced once the new one is complete; searches never wait. A seed \
            gives the same graph again. What the index and building it will take is said \
            before, and what does not fit the memory is refused. Ctrl-C stops a build and leaves \
            everything as it was.

            Example:
              likeness index build pictures --kind hnsw --m 16 --ef-construction 200
              likeness index build pictures --kind hnsw --codes rq8 --vectors store
            """)

    @Argument(help: "The collection.")
    var collection: String

    @Option(help: "The vector field; needed where the collection has several.")
    var vector: String?

    @Option(help: "What to build.")
    var kind: KindName

    @Option(
        help: "The metric: \(DistanceMetric.names) (default: the field's).", transform: Value.metric
    )
    var metric: DistanceMetric?

    @Option(
        help: ArgumentHelp(
            "hnsw: what the graph compares: f32, the vectors themselves; f16, numbers of 16 bits; rq8, "
                + "codes of 8 bits a number, and sq8, such codes for L1 and Minkowski distances "
                + "(default: codes of 8 bits, or f32 where it is measured that they lose too much).",
            valueName: "codes"),
        transform: Value.codes)
    var codes: VectorCodes?

    @Option(
        help: ArgumentHelp(
            "hnsw: where the full vectors lie that the nearest by codes are measured by: index, beside "
                + "the codes, or store, for the least memory: they are read for each search "
                + "(default: index).",
            valueName: "place"),
        transform: Value.vectorPlace)
    var vectors: VectorPlace?

    @Option(help: "hnsw: neighbours of a new vector (default: 16).", transform: Value.positive)
    var m: Int?

    @Option(
        help: "hnsw: candidates kept while building (default: 100).", transform: Value.positive)
    var efConstruction: Int?

    @Option(
        help: "hnsw: candidates that a search keeps where it says nothing else (default: 64).",
        transform: Value.positive)
    var efSearch: Int?

    @Option(help: "hnsw: what the random levels are drawn from (default: 1).")
    var seed: UInt64?

    @Flag(
        name: .customLong("no-measure"),
        help: "hnsw: do not measure recall, which --recall needs; 'index tune' can do it later.")
    var leavesOutMeasuring = false

    @Option(
        help: ArgumentHelp(
            "matrix: how many bytes it may take, such as 800M or 8G (default: 4G).",
            valueName: "bytes"),
        transform: Value.byteCount)
    var matrixLimit: Int?

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
        let options: [(name: String, isGiven: Bool, kind: KindName)] = [
            ("--m", m != nil, .hnsw),
            ("--ef-construction", efConstruction != nil, .hnsw),
            ("--ef-search", efSearch != nil, .hnsw),
            ("--codes", codes != nil && codes != .f32, .hnsw),
            ("--vectors", vectors == .store, .hnsw),
            ("--seed", seed != nil, .hnsw),
            ("--no-measure", leavesOutMeasuring, .hnsw),
            ("--matrix-limit", matrixLimit != nil, .matrix),
        ]
        for option in options where option.isGiven && option.kind != kind {
            throw ValidationError("\(option.name) is an option of --kind \(option.kind.rawValue).")
        }
        if vectors == .store, codes == .f32 {
            throw ValidationError(
                "--vectors store leaves only codes in the index; choose --codes rq8, f16 or sq8, or "
                    + "--vectors index.")
        }
        if m == 1 { throw ValidationError("--m must be 2 or more, or the graph falls apart.") }
    }

    func run() throws {
        var request = IndexBuildRequest(
            collection: collection, vector: vector, kind: kind.rawValue, metric: metric,
            threads: threads)
        if let m { request.m = m }
        if let efConstruction { request.efConstruction = efConstruction }
        if let efSearch { request.efSearch = efSearch }
        if let seed { request.seed = seed }
        request.codes = codes
        if let vectors { request.vectors = vectors }
        request.measuresRecall = !leavesOutMeasuring
        if let matrixLimit { request.matrixByteLimit = matrixLimit }
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
        let parts = [("vectors", memory.vectors), ("codes", memory.codes), (links, memory.links)]
            .filter { $0.1 > 0 }.map { "\($0) \(size(ofBytes: $1))" }
        let whole = parts.count > 1 ? " (\(parts.joined(separator: ", ")))" : ""
        let free = estimate.availableByteCount.map {
            ", and \(size(ofBytes: $0)) are \(memoryLimit == nil ? "free" : "allowed")"
        }
        return "the index of \(counted(estimate.count, "vector")) will take about "
            + "\(size(ofBytes: memory.index))\(whole); building it takes up to "
            + "\(size(ofBytes: estimate.buildByteCount))\(free ?? "")"
    }

    private var links: String { kind == .matrix ? "matrix" : "graph" }
}
