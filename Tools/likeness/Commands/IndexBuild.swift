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
            metric is replaced once the new one is complete; searches never wait. On one thread \
            a seed gives the same graph again.

            Example:
              likeness index build pictures --kind hnsw --m 16 --ef-construction 200
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

    @Option(help: "hnsw: neighbours of a new vector (default: 16).", transform: Value.positive)
    var m: Int?

    @Option(
        help: "hnsw: candidates kept while building (default: 200).", transform: Value.positive)
    var efConstruction: Int?

    @Option(
        help: "hnsw: candidates that a search keeps where it says nothing else (default: 64).",
        transform: Value.positive)
    var efSearch: Int?

    @Option(help: "hnsw: what the random levels are drawn from (default: 1).")
    var seed: UInt64?

    @Option(
        help: ArgumentHelp(
            "matrix: how many bytes it may take, such as 800M or 8G (default: 4G).",
            valueName: "bytes"),
        transform: Value.byteCount)
    var matrixLimit: Int?

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
            ("--seed", seed != nil, .hnsw),
            ("--matrix-limit", matrixLimit != nil, .matrix),
        ]
        for option in options where option.isGiven && option.kind != kind {
            throw ValidationError("\(option.name) is an option of --kind \(option.kind.rawValue).")
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
        if let matrixLimit { request.matrixByteLimit = matrixLimit }
        let engine = try store.open(.readWrite)
        if kind == .matrix { try saySize(engine) }
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
                (\(rounded(rate)) vectors/s)\(index.parameters.isEmpty ? "" : ", ")\
                \(index.parameters)
                """)
        }
    }

    /// Says what the matrix will take before anything is computed.
    private func saySize(_ engine: Engine) throws(ServiceError) {
        let fields = try engine.collection(collection).fields
        guard let field = vector.map({ name in fields.first { $0.name == name } }) ?? fields.first
        else { return }
        let (bytes, overflows) = field.count.multipliedReportingOverflow(by: 8 * field.count)
        guard !overflows else { return }
        Console.note(
            "the matrix of \(counted(field.count, "vector")) takes \(size(ofBytes: bytes))")
    }
}
