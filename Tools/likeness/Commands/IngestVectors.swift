import ArgumentParser
import Evaluation
import SearchService
import VectorCore

/// Takes a file of vectors in.
struct IngestVectors: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vectors",
        abstract: "Takes a file of vectors into a collection.",
        discussion: """
            The file is a .npy array of two dimensions (f32, f16 or u8), .fvecs, .bvecs, or IDX, \
            the last also gzipped. The row in the file is the id of the point, counted from \
            --first-id. Rows that are there already as they are in the file are passed over; \
            where the vector or the payload is another, it is replaced. Payloads, which filters \
            look at, come from a file with a JSON object a line, one for each row.

            Example:
              likeness ingest vectors train-images-idx3-ubyte.gz -c fashion --vector pixels
              likeness ingest vectors base.npy -c things --vector v --payloads base.jsonl
            """)

    @Argument(help: "The file.", completion: .file())
    var file: String

    @Option(name: [.customShort("c"), .long], help: "The collection, made where it is missing.")
    var collection: String

    @Option(help: "The vector field, made where it is missing.")
    var vector: String

    @Option(
        help: "The metric of a new field: \(DistanceMetric.names) (default: l2).",
        transform: Value.metric)
    var metric: DistanceMetric?

    @Option(
        name: .customLong("first-id"), help: ArgumentHelp("The first row's id.", valueName: "n"))
    var firstID: UInt64 = 0

    @Option(
        help: ArgumentHelp(
            "The rows' payloads, a JSON object a line (default: left as they are).",
            valueName: "file"),
        completion: .file())
    var payloads: String?

    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let source = try VectorIngestSource(
            VectorIngestRequest(
                file: file, collection: collection, vector: vector, metric: metric,
                firstID: firstID, payloads: payloads))
        let line = progress.line(unit: "vectors")
        defer { line.clear() }
        let report = try store.make().ingestVectors(source) { line.show($0) }
        line.clear()
        if output.isJSON {
            try Console.print(report.json)
        } else {
            try Console.print(text(report))
        }
    }

    private func text(_ report: VectorIngestReport) -> String {
        let rate = Double(report.added + report.present) / max(report.seconds, 1e-9)
        let present =
            report.present > 0 ? ", \(NumberText.grouped(report.present)) there already" : ""
        return """
            \(report.collection)/\(report.vector): \(counted(report.added, "vector")) of \
            \(counted(report.dimension, "number")) (\(report.elementType)) added\(present)
            \(rounded(rate)) vectors/s over \(duration(report.seconds))
            """
    }
}
