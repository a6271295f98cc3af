import ArgumentParser
import JSON
import SearchService

extension ModelsCommand {
    /// Removes a model.
    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Removes a model's network and manifest.",
            discussion: """
                Vectors that it filled stay in their stores. Images cannot be added to them, nor \
                searched for by a file, until the model is there again.

                Example:
                  likeness models remove resnet18 --dry-run
                """)

        @Argument(help: "The model.")
        var model: String

        @OptionGroup var deletion: DeletionOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let removed = try Engine.removeModel(
                named: model, isRehearsal: deletion.isRehearsal)
            if output.isJSON {
                try Console.print([
                    "name": .string(removed.name), "path": .string(removed.path),
                    "deleted": .bool(!deletion.isRehearsal),
                ])
            } else {
                try Console.print("\(deletion.verb) \(removed.name), \(removed.path)")
            }
        }
    }
}
