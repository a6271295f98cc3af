import ArgumentParser
import Evaluation
import JSON
import SearchService

/// The commands about the networks that extract features.
struct ModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "Lists and shows the models that extract features.",
        subcommands: [List.self, Show.self])

    /// Lists the models.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the models that are installed.",
            discussion: """
                Example:
                  likeness models list
                """)

        @OptionGroup var output: OutputOptions

        func run() throws {
            let models = try Engine.models()
            if output.isJSON {
                try Console.print(["models": JSONValue(models) { $0.json }])
            } else if models.isEmpty {
                try Console.print("no models are installed; Tools/setup installs the default one")
            } else {
                try Console.print(
                    table(
                        [
                            .text("model"), .text("default layer"), .text("pooling"),
                            .number("layers"), .text("description"),
                        ],
                        models.map { model in
                            [
                                model.name, model.defaultLayer, model.defaultPooling,
                                NumberText.grouped(model.layers.count), model.description,
                            ]
                        }))
            }
        }
    }

    /// Shows one model.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows a model with its layers.",
            discussion: """
                Example:
                  likeness models show efficientnet-lite0
                """)

        @Argument(help: "The model.")
        var model: String

        @OptionGroup var output: OutputOptions

        func run() throws {
            let models = try Engine.models()
            guard let found = models.first(where: { $0.name == model }) else {
                let names = models.map(\.name).joined(separator: ", ")
                throw ServiceError(
                    .notFound,
                    models.isEmpty
                        ? "No models are installed; Tools/setup installs the default one."
                        : "There is no model \(model); models are \(names).")
            }
            if output.isJSON {
                try Console.print(found.json)
            } else {
                let layers = table(
                    [.text("layer"), .text("operator"), .text("shape")],
                    found.layers.map { layer in
                        [
                            layer.name, layer.operator,
                            layer.shape.map(String.init).joined(separator: " × "),
                        ]
                    })
                try Console.print(
                    """
                    \(found.name): \(found.description)
                    source: \(found.source)
                    licence: \(found.licence)
                    file: \(found.path)
                    default: layer \(found.defaultLayer), pooling \(found.defaultPooling)
                    \(layers)
                    """)
            }
        }
    }
}
