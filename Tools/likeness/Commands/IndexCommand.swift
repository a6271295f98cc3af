import ArgumentParser
import Evaluation
import IndexCatalog
import IndexDefinitions
import JSON
import SearchService
import VectorCore

/// The commands about published indexes.
struct IndexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index",
        abstract: "Builds, tunes, lists, deletes and verifies indexes.",
        discussion: """
            Indexes are disposable: the store is the truth, and a search without an index is \
            answered exactly.
            """,
        subcommands: [IndexBuild.self, IndexTune.self, List.self, Delete.self, Verify.self])

    /// Lists indexes.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the published indexes.",
            discussion: """
                Of an index that is not exact it says which recall is to be expected from which setting on, for \
                queries that are not in it, and with --operating-points all that was measured.

                Examples:
                  likeness index list pictures
                  likeness index list --operating-points
                """)

        @Argument(help: "The collection (default: all).")
        var collection: String?

        @Flag(help: "Say what recall was measured with which setting.")
        var operatingPoints = false

        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let indexes = try store.open(.readOnly).indexes(in: collection)
            if output.isJSON {
                try Console.print(["indexes": JSONValue(indexes) { $0.json }])
            } else if indexes.isEmpty {
                try Console.print("no indexes; 'likeness index build' makes one")
            } else {
                try Console.print(
                    table(
                        [
                            .text("collection"), .text("vector field"), .text("kind"),
                            .text("metric"), .number("vectors"), .number("size"),
                            .number("built in"), .number("measured in"), .number("changes since"),
                            .text("parameters"),
                        ],
                        indexes.map { index in
                            [
                                index.collection, index.vector, index.kind,
                                index.metric.description, NumberText.grouped(index.count),
                                size(ofBytes: index.fileByteCount), duration(index.buildSeconds),
                                index.measuringSeconds > 0 ? duration(index.measuringSeconds) : "",
                                "\(index.changesSince)", index.parameters,
                            ]
                        }))
                for index in indexes {
                    guard let points = index.operatingPoints else { continue }
                    try Console.print(
                        "\(index.title): "
                            + (operatingPoints
                                ? points.text(index.setting) : points.summary(index.setting)))
                }
            }
        }
    }

    /// Deletes indexes.
    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Deletes published indexes of a collection.",
            discussion: """
                The points stay. Of all the collection's indexes those go that fit every option \
                given.

                Example:
                  likeness index delete pictures --kind matrix --dry-run
                """)

        @Argument(help: "The collection.")
        var collection: String

        @Option(help: "Only indexes over this vector field.")
        var vector: String?

        @Option(help: "Only indexes of this kind.")
        var kind: IndexKind?

        @Option(help: "Only indexes with this metric.", transform: Value.metric)
        var metric: DistanceMetric?

        @Flag(name: .customLong("all"), help: "All indexes of the collection.")
        var isAll = false

        @OptionGroup var deletion: DeletionOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            let isNarrowed = vector != nil || kind != nil || metric != nil
            if isNarrowed == isAll {
                throw ValidationError(
                    "Say which indexes: by --vector, --kind or --metric, or --all of them.")
            }
        }

        func run() throws {
            let engine = try store.open(deletion.access)
            var indexes = try engine.indexes(in: collection).filter { index in
                (vector == nil || vector == index.vector)
                    && (kind == nil || kind?.rawValue == index.kind)
                    && (metric == nil || metric == index.metric)
            }
            guard !indexes.isEmpty else {
                throw ServiceError(
                    .notFound,
                    "\(collection) has no such index; 'likeness index list' shows what there is.")
            }
            if !deletion.isRehearsal {
                indexes = try engine.deleteIndex(
                    collection: collection, vector: vector, kind: kind, metric: metric)
            }
            if output.isJSON {
                try Console.print([
                    "indexes": JSONValue(indexes) { $0.json },
                    "deleted": .bool(!deletion.isRehearsal),
                ])
            } else {
                try Console.print(
                    indexes.map {
                        "\(deletion.verb) \($0.title), \(size(ofBytes: $0.fileByteCount))"
                    }
                    .joined(separator: "\n"))
            }
        }
    }

    /// Checks index files.
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reads published index files whole and checks them.",
            discussion: """
                The exit status is 2 where a file is damaged or missing; build such an index \
                anew, the store itself is not touched by it.

                Example:
                  likeness index verify
                """)

        @Argument(help: "The collection (default: all).")
        var collection: String?

        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let checks = try store.open(.readOnly).verifyIndexes(in: collection)
            let damaged = checks.filter { $0.fault != nil }
            for check in damaged {
                Console.warn("\(check.index.title): \(check.fault ?? "")")
            }
            if output.isJSON {
                try Console.print([
                    "indexes": JSONValue(checks) { $0.json },
                    "sound": JSONValue(checks.count - damaged.count),
                    "damaged": JSONValue(damaged.count),
                ])
            } else {
                let sound = checks.filter { $0.fault == nil }.map { "sound: \($0.index.title)" }
                let count = "\(counted(checks.count, "index", "indexes")) checked, "
                try Console.print(
                    (sound + [count + "\(damaged.count) damaged"]).joined(separator: "\n"))
            }
            if !damaged.isEmpty { throw ExitCode.partial }
        }
    }
}

extension IndexSummary {
    /// What the setting of its kind is called.
    var setting: String {
        (try? IndexCatalog.definition(named: kind).setting)??.name ?? "setting"
    }

    /// The index as one names it: `hnsw over pictures/top_conv.avg (cosine)`.
    var title: String { "\(kind) over \(collection)/\(vector) (\(metric))" }
}
