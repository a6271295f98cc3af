import ArgumentParser
import Evaluation
import SearchService
import VectorCore

/// Takes a folder of images in.
struct IngestImages: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "images",
        abstract: "Takes the JPEG and PNG images of a folder into a collection.",
        discussion: """
            Every image becomes a point with its features as vectors, one vector field for each \
            model, layer and pooling. The payload has the path relative to the folder, width, \
            height and label. Pictures are referenced, not copied. Images that are there \
            already are passed over.

            Example:
              likeness ingest images Pictures -c pictures --pooling avg --pooling max
            """)

    @Argument(
        help: "The folder; it is searched with all its subfolders.", completion: .directory)
    var folder: String

    @Option(name: [.customShort("c"), .long], help: "The collection, made where it is missing.")
    var collection: String

    @Option(
        name: .customLong("model"),
        help: "A model by name; repeat for several (default: the default model).")
    var models: [String] = []

    @Option(
        name: .customLong("layer"),
        help: "A layer by name; repeat for several (default: the model's default layer).")
    var layers: [String] = []

    @Option(
        name: .customLong("pooling"),
        help: "How a layer becomes one vector; repeat for several (default: the model's).")
    var poolings: [PoolingName] = []

    @Option(
        help: ArgumentHelp(
            """
            Where labels come from: the image's folder, or a CSV file with the header \
            'filename,label'.
            """, valueName: "folders|file.csv"),
        completion: .file(extensions: ["csv"]))
    var labels = "folders"

    @Option(
        help: "The metric of the new fields: \(DistanceMetric.names) (default: cosine).",
        transform: Value.metric)
    var metric: DistanceMetric = .cosine

    @Option(
        help: "How many threads decode and infer (default: all cores).", transform: Value.positive)
    var threads: Int?

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let request = ImageIngestRequest(
            folder: folder, collection: collection, models: models, layers: layers,
            poolings: poolings.map(\.rawValue),
            labels: labels == "folders" ? .folders : .file(labels), metric: metric,
            threads: threads)
        let engine = try store.make()
        let line = ProgressLine(unit: "images")
        defer { line.clear() }
        let report = try engine.ingestImages(request) { line.show($0) }
        line.clear()
        sayFailures(report.failures)
        if output.isJSON {
            try Console.print(report.json)
        } else {
            try Console.print(text(report))
        }
        if !report.failures.isEmpty { throw ExitCode.partial }
    }

    /// Names the first failures; `--json` has them all.
    private func sayFailures(_ failures: [ImageFailure]) {
        let shown = 20
        for failure in failures.prefix(shown) { Console.warn("\(failure.path): \(failure.reason)") }
        if failures.count > shown {
            Console.warn(
                "\(NumberText.grouped(failures.count - shown)) more images could not be taken in")
        }
    }

    private func text(_ report: ImageIngestReport) -> String {
        var counts = ["\(counted(report.added, "image")) added"]
        if report.completed > 0 {
            counts.append("\(NumberText.grouped(report.completed)) completed")
        }
        if report.present > 0 {
            counts.append("\(NumberText.grouped(report.present)) there already")
        }
        if !report.failures.isEmpty {
            counts.append("\(NumberText.grouped(report.failures.count)) failed")
        }
        if report.notImages > 0 {
            counts.append("\(counted(report.notImages, "other file")) passed over")
        }
        var lines = [
            "\(report.collection): \(counts.joined(separator: ", "))",
            "fields: \(report.fields.joined(separator: ", "))",
        ]
        if report.added + report.completed > 0 {
            lines.append(
                "\(rounded(report.imagesPerSecond)) images/s over \(duration(report.seconds))")
            lines.append(
                "where the time went: \(duration(report.decodeSeconds)) of threads reading, "
                    + "decoding and resizing, \(duration(report.inferenceSeconds)) of threads in "
                    + "the network, \(duration(report.storeSeconds)) writing to the store")
        }
        return lines.joined(separator: "\n")
    }
}
