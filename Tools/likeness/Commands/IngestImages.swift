import ArgumentParser
import Evaluation
import Foundation
import ImageDecoding
import SearchService
import VectorCore

/// Takes a folder of images in.
struct IngestImages: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "images",
        abstract: "Takes the JPEG and PNG images of a folder into a collection.",
        discussion: """
            Every image becomes a point with its features as vectors, one vector field for each \
            model, layer and pooling, all in one pass. The payload has the path relative to the \
            folder, width, height, label, and what tells later whether the file has changed. \
            Pictures are referenced, not copied.

            Given again, the command looks only at what is new: files with the size and time that \
            are known are not opened, changed ones are extracted anew, moved ones keep their ids \
            and vectors. Before it begins it says what it needs, and refuses what the disk has no \
            room for.

            Example:
              likeness ingest images Pictures -c pictures --pooling avg --pooling max
              likeness ingest images Pictures -c pictures --layers 8 --dry-run
              likeness ingest images Pictures -c pictures --prune
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
        help:
            "A layer by name, or as model/layer; repeat for several (default: each model's default)."
    )
    var layers: [String] = []

    @Option(
        name: .customLong("layers"),
        help: ArgumentHelp(
            "So many layers of each model, evenly spread from the first to the last convolution, or all.",
            valueName: "n|all"),
        transform: Value.layerSpread)
    var layerSpread: LayerSpread = .none

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
    var metric: DistanceMetric?

    @Option(help: "What the numbers of the new fields are kept as.")
    var element: ElementName = .f32

    @Flag(help: "Delete the points whose file in the folder is gone.")
    var prune = false

    @Flag(
        name: .customLong("allow-empty"),
        help: "With --prune, delete all points of a folder that holds no image at all.")
    var allowsEmpty = false

    @Option(
        name: .customLong("max-pixels"),
        help: ArgumentHelp(
            "Leave out images of more pixels (default: 40000000).", valueName: "n"),
        transform: Value.positive)
    var maximumPixels: Int?

    @Option(
        name: .customLong("max-bytes"),
        help: ArgumentHelp("Leave out longer files (default: 256M).", valueName: "n"),
        transform: Value.byteCount)
    var maximumBytes: Int?

    @Option(
        name: .customLong("max-seconds"),
        help: ArgumentHelp(
            "Leave out images that take longer to decode (default: 10).", valueName: "s"),
        transform: Value.seconds)
    var maximumSeconds: Double?

    @Flag(name: .customLong("dry-run"), help: "Say what would be done and needed, and do nothing.")
    var isRehearsal = false

    @Option(
        help: "How many threads decode and infer (default: all cores).", transform: Value.positive)
    var threads: Int?

    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if allowsEmpty, !prune { throw ValidationError("--allow-empty goes with --prune.") }
    }

    func run() throws {
        let source = try ImageIngestSource(
            ImageIngestRequest(
                folder: folder, collection: collection, models: models, layers: layers,
                layerSpread: layerSpread, poolings: poolings.map(\.rawValue),
                labels: labels == "folders" ? .folders : .file(labels), metric: metric,
                element: element.stored, prune: prune, allowsEmpty: allowsEmpty, limits: limits,
                threads: threads))
        let line = progress.line(unit: "images")
        defer { line.clear() }
        let report = try isRehearsal ? rehearse(source) : ingest(source, line)
        line.clear()
        sayFailures(report.failures)
        try output.isJSON ? Console.print(report.json) : Console.print(report.text)
        if !report.failures.isEmpty { throw ExitCode.partial }
    }

    /// The limits that were named, and the usual ones.
    private var limits: ImageLimits {
        let usual = ImageLimits.usual
        return ImageLimits(
            pixels: maximumPixels ?? usual.pixels, bytes: maximumBytes ?? usual.bytes,
            seconds: maximumSeconds ?? usual.seconds)
    }

    private func ingest(
        _ source: ImageIngestSource, _ line: ProgressLine
    ) throws -> ImageIngestReport {
        try store.make().ingestImages(source) { announced in
            if announced.images > 0 { Console.note(announced.text) }
        } progress: {
            line.show($0)
        }
    }

    private func rehearse(_ source: ImageIngestSource) throws -> ImageIngestReport {
        guard FileManager.default.fileExists(atPath: store.path) else {
            return try source.rehearse(inNewStoreAt: store.path)
        }
        return try store.open(.readOnly).rehearseImages(source)
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
}
