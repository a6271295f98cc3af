import ArgumentParser
import JSON
import SearchService

/// The commands about single points.
struct PointCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "point",
        abstract: "Shows, deletes and counts points.",
        subcommands: [Get.self, Delete.self, Count.self])

    /// Shows one point.
    struct Get: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows the payload and the vector fields of a point.",
            discussion: """
                Example:
                  likeness point get pictures 42
                """)

        @Argument(help: "The collection.")
        var collection: String

        @Argument(help: "The id, a number or a UUID.")
        var id: String

        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let point = try store.open(.readOnly).point(id, in: collection)
            if output.isJSON {
                try Console.print(point.json)
            } else {
                let vectors = point.vectors.map { field, dimension in
                    "\(field) (\(counted(dimension, "number")))"
                }
                try Console.print(
                    """
                    \(point.id) in \(collection)
                    vectors: \(vectors.joined(separator: ", "))
                    payload: \(point.payload.text(pretty: true))
                    """)
            }
        }
    }

    /// Deletes one point.
    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Deletes a point with its vectors.",
            discussion: """
                Indexes need not be built anew: searches leave the point out at once.

                Example:
                  likeness point delete pictures 42
                """)

        @Argument(help: "The collection.")
        var collection: String

        @Argument(help: "The id, a number or a UUID.")
        var id: String

        @OptionGroup var deletion: DeletionOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let engine = try store.open(deletion.access)
            let id = try engine.requirePoint(id, in: collection)
            if !deletion.isRehearsal { try engine.deletePoint(id, in: collection) }
            if output.isJSON {
                try Console.print([
                    "collection": .string(collection),
                    "id": JSONValue(id: id),
                    "deleted": .bool(!deletion.isRehearsal),
                ])
            } else {
                try Console.print("\(deletion.verb) \(id) from \(collection)")
            }
        }
    }

    /// Counts points.
    struct Count: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Counts the points of a collection, or those that fulfil a filter.",
            discussion: """
                Example:
                  likeness point count pictures
                  likeness point count pictures --filter @cats.json
                """)

        @Argument(help: "The collection.")
        var collection: String

        @OptionGroup var filter: FilterOption

        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let filter = try filter.read()
            let engine = try store.open(.readOnly)
            let count =
                if let filter {
                    try engine.pointCount(in: collection, matching: filter)
                } else {
                    try engine.pointCount(in: collection)
                }
            if output.isJSON {
                try Console.print([
                    "collection": .string(collection), "count": JSONValue(count),
                ])
            } else {
                try Console.print("\(count)")
            }
        }
    }
}
