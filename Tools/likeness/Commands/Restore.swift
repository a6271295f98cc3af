import ArgumentParser
import JSON
import SearchService

/// Makes a store from a snapshot.
struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes a store from a snapshot.",
        discussion: """
            The snapshot is verified first. The store appears when all of it is on disk; where a \
            store is already, nothing is done.

            Example:
              likeness restore pictures.snapshot --store restored.store
            """)

    @Argument(
        help: ArgumentHelp("A file that 'likeness snapshot' has written.", valueName: "file"),
        completion: .file())
    var file: String

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let summary = try Engine.restore(snapshot: file, to: store.path)
        for sentence in summary.warnings { Console.warn(sentence) }
        if output.isJSON {
            var object = summary.json
            object["store"] = .string(store.path)
            try Console.print(object)
        } else {
            try Console.print(
                "restored \(summary.text) to \(store.path) in \(duration(summary.seconds))")
        }
    }
}
