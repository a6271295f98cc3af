import ArgumentParser
import Evaluation
import JSON
import PayloadFilter
import SearchService

/// The commands about indexes over payloads.
struct PayloadIndexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "payload-index",
        abstract: "Makes, lists and deletes indexes over keys of payloads, for filters.",
        discussion: """
            They make filters faster and change no answer. They are in the store itself, and kept \
            up with every change.
            """,
        subcommands: [Create.self, List.self, Delete.self])

    /// Makes an index over a key.
    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes an index over a key of payloads.",
            discussion: """
                keyword is for strings, integer for exact matches and ranges of integers, float \
                for ranges of all numbers. Lists are indexed by their elements. A command that \
                was interrupted goes on where it stopped.

                Example:
                  likeness payload-index create pictures label --type keyword
                """)

        @Argument(help: "The collection.")
        var collection: String

        @Argument(
            help: "The key, such as label, a.b or a[].b.", transform: Value.fieldPath)
        var key: FieldPath

        @Option(help: "Which values are indexed.")
        var type: ValueTypeName

        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let engine = try store.open(.readWrite)
            let index = try engine.createPayloadIndex(
                on: key, type: type.indexed, in: collection)
            if output.isJSON {
                try Console.print(index.json)
            } else {
                try Console.print(
                    "\(index.type.rawValue) index over \(index.field) of \(index.collection): "
                        + counted(index.entryCount, "entry", "entries"))
            }
        }
    }

    /// Lists indexes.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the indexes over keys of payloads.",
            discussion: """
                Example:
                  likeness payload-index list pictures
                """)

        @Argument(help: "The collection (default: all).")
        var collection: String?

        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let indexes = try store.open(.readOnly).payloadIndexes(in: collection)
            if output.isJSON {
                try Console.print(["payload_indexes": JSONValue(indexes) { $0.json }])
            } else if indexes.isEmpty {
                try Console.print("no payload indexes; 'likeness payload-index create' makes one")
            } else {
                try Console.print(
                    table(
                        [
                            .text("collection"), .text("key"), .text("type"), .number("entries"),
                            .text("complete"),
                        ],
                        indexes.map { index in
                            [
                                index.collection, index.field.description, index.type.rawValue,
                                NumberText.grouped(index.entryCount),
                                index.isComplete ? "yes" : "no, create it again",
                            ]
                        }))
            }
        }
    }

    /// Deletes an index.
    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Deletes the index over a key of payloads; the payloads stay.",
            discussion: """
                Example:
                  likeness payload-index delete pictures label
                """)

        @Argument(help: "The collection.")
        var collection: String

        @Argument(
            help: "The key, such as label, a.b or a[].b.", transform: Value.fieldPath)
        var key: FieldPath

        @OptionGroup var deletion: DeletionOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let engine = try store.open(deletion.access)
            guard try engine.payloadIndexes(in: collection).contains(where: { $0.field == key })
            else {
                throw ServiceError(
                    .notFound,
                    "\(collection) has no payload index over \(key); 'likeness payload-index list' "
                        + "shows what there is.")
            }
            if !deletion.isRehearsal { try engine.deletePayloadIndex(on: key, in: collection) }
            if output.isJSON {
                try Console.print([
                    "collection": .string(collection), "key": .string(key.description),
                    "deleted": .bool(!deletion.isRehearsal),
                ])
            } else {
                try Console.print("\(deletion.verb) the index over \(key) of \(collection)")
            }
        }
    }
}

/// The types of payload indexes that can be named on the command line.
enum ValueTypeName: String, CaseIterable, ExpressibleByArgument {
    case keyword
    case integer
    case float

    /// The service's name for it.
    var indexed: PayloadIndexType {
        switch self {
        case .keyword: .keyword
        case .integer: .integer
        case .float: .float
        }
    }
}
