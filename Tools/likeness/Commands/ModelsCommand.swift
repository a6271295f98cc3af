import ArgumentParser
import Evaluation
import JSON
import SearchService

/// The commands about the networks that extract features.
struct ModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "Lists, shows, adds and removes the models that extract features.",
        subcommands: [List.self, Show.self, Add.self, Remove.self])

    /// Lists the models.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the models that are installed, and those that can be added by name.",
            discussion: """
                Example:
                  likeness models list
                """)

        @OptionGroup var output: OutputOptions

        func run() throws {
            let listing = Engine.modelListing()
            for (path, reason) in listing.unusable {
                Console.warn("\(path) cannot be used. \(reason)")
            }
            if output.isJSON {
                try Console.print([
                    "models": JSONValue(listing.models) { $0.json },
                    "available": JSONValue(listing.available),
                    "unusable": JSONValue(listing.unusable) {
                        ["path": .string($0.path), "reason": .string($0.reason)]
                    },
                ])
                return
            }
            if listing.models.isEmpty {
                try Console.print("no models are installed; Tools/setup installs the default one")
            } else {
                try Console.print(
                    table(
                        [
                            .text("model"), .text("default layer"), .text("pooling"),
                            .number("layers"), .text("description"),
                        ],
                        listing.models.map { model in
                            [
                                model.name, model.defaultLayer, model.defaultPooling,
                                NumberText.grouped(model.layers.count), model.description,
                            ]
                        }))
            }
            if !listing.available.isEmpty {
                let names = listing.available.joined(separator: ", ")
                try Console.print("'likeness models add' has besides: \(names)")
            }
        }
    }

    /// Shows one model.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows a model with its layers, their shapes, and their vectors' lengths.",
            discussion: """
                Example:
                  likeness models show efficientnet-lite0
                """)

        @Argument(help: "The model.")
        var model: String

        @OptionGroup var output: OutputOptions

        func run() throws {
            let found = try Engine.model(named: model)
            if output.isJSON {
                try Console.print(found.json)
                return
            }
            let poolings = found.layers.first?.lengths.map(\.pooling) ?? []
            let layers = table(
                [.text("layer"), .text("operator"), .text("shape")]
                    + poolings.map { .number($0) },
                found.layers.map { layer in
                    [
                        layer.name, layer.operator,
                        layer.shape.map(String.init).joined(separator: " × "),
                    ] + layer.lengths.map { NumberText.grouped($0.count) }
                })
            try Console.print(
                """
                \(found.name): \(found.description)
                source: \(found.source)
                licence: \(found.licence)
                file: \(found.path)
                input: \(found.input.text)
                default: layer \(found.defaultLayer), pooling \(found.defaultPooling)
                \(layers)
                """)
        }
    }
}

extension ModelSummary.Input {
    /// What a model wants to see, in words.
    var text: String {
        func short(_ number: Double) -> String {
            let text = "\(number)"
            return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
        }
        func list(_ numbers: [Double]) -> String {
            numbers.map(short).joined(separator: ", ")
        }
        let part = crop.map { ", the middle by \(short($0))" } ?? ", the whole"
        return "\(channels) \(width) × \(height)\(part), \(resize); values \(list(range)) to "
            + "(value − (\(list(mean)))) / (\(list(std))), \(layout)"
            + (batch == 1 ? ", one image at a time" : "")
    }
}
