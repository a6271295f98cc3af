import ArgumentParser
import JSON
import SearchService

/// Writes a vector field as a .npy file.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes the vectors of a field as a .npy array of f32, rows in order of id.",
        discussion: """
            Example:
              likeness export pictures --vector top_conv.avg features.npy
            """)

    @Argument(help: "The collection.")
    var collection: String

    @Argument(
        help: ArgumentHelp("The file to write.", valueName: "out.npy"),
        completion: .file(extensions: ["npy"]))
    var file: String

    @Option(help: "The vector field; needed where the collection has several.")
    var vector: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let count = try store.open(.readOnly).export(
            collection: collection, vector: vector, to: file)
        if output.isJSON {
            try Console.print([
                "collection": .string(collection), "vector": JSONValue(vector),
                "path": .string(file), "count": JSONValue(count),
            ])
        } else {
            try Console.print("wrote \(counted(count, "vector")) to \(file)")
        }
    }
}
