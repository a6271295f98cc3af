import ArgumentParser
import Evaluation
import JSON
import SearchService
import VectorCore

/// The commands about whole collections.
struct CollectionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collection",
        abstract: "Lists, shows and deletes collections.",
        subcommands: [List.self, Show.self, Delete.self])

    /// Lists all collections.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the collections of the store.",
            discussion: """
                Example:
                  likeness collection list
                """)

        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let collections = try store.open(.readOnly).collections()
            if output.isJSON {
                try Console.print(["collections": JSONValue(collections) { $0.json }])
            } else if collections.isEmpty {
                try Console.print("the store at \(store.path) has no collections")
            } else {
                try Console.print(
                    table(
                        [.text("collection"), .number("points"), .text("vector fields")],
                        collections.map { collection in
                            [
                                collection.name, NumberText.grouped(collection.pointCount),
                                collection.fields.map(\.name).joined(separator: ", "),
                            ]
                        }))
            }
        }
    }

    /// Shows one collection.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows the points and vector fields of a collection.",
            discussion: """
                Example:
                  likeness collection show pictures
                """)

        @Argument(help: "The collection.")
        var collection: String

        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let summary = try store.open(.readOnly).collection(collection)
            if output.isJSON {
                try Console.print(summary.json)
            } else {
                try Console.print(text(summary))
            }
        }

        private func text(_ summary: CollectionSummary) -> String {
            var lines = ["\(summary.name): \(counted(summary.pointCount, "point"))"]
            if let root = summary.root { lines.append("images in \(root)") }
            if !summary.fields.isEmpty {
                lines.append(
                    table(
                        [
                            .text("vector field"), .number("vectors"), .number("dimension"),
                            .text("type"), .text("metric"), .text("extractor"),
                        ],
                        summary.fields.map { field in
                            [
                                field.name, NumberText.grouped(field.count),
                                NumberText.grouped(field.dimension),
                                field.elementType, field.metric.description,
                                field.extractor ?? "",
                            ]
                        }))
            }
            return lines.joined(separator: "\n")
        }
    }

    /// Deletes one collection.
    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Deletes a collection with its points, vectors and indexes.",
            discussion: """
                Images stay where they are; only what the store knows of them goes.

                Example:
                  likeness collection delete pictures --dry-run
                """)

        @Argument(help: "The collection.")
        var collection: String

        @OptionGroup var deletion: DeletionOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let engine = try store.open(deletion.access)
            let summary = try engine.collection(collection)
            if !deletion.isRehearsal { try engine.deleteCollection(collection) }
            if output.isJSON {
                try Console.print([
                    "collection": .string(collection),
                    "point_count": JSONValue(summary.pointCount),
                    "deleted": .bool(!deletion.isRehearsal),
                ])
            } else {
                let points = counted(summary.pointCount, "point")
                try Console.print("\(deletion.verb) \(collection) with \(points)")
            }
        }
    }
}
