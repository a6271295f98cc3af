import ArgumentParser
import Foundation
import JSON
import SearchService

/// Checks a store, or a snapshot.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reads every page, record and index file of a store and checks them.",
        discussion: """
            Nothing that the store says about itself is trusted. Every fault is said in a sentence, \
            and the exit status is 2 where there is one. Others may use the store meanwhile.

            Example:
              likeness verify
              likeness verify pictures.snapshot
            """)

    @Argument(
        help: ArgumentHelp(
            "A snapshot to check instead of the store.", valueName: "snapshot"),
        completion: .file())
    var file: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let summary =
            if let file {
                try Engine.verify(snapshot: file)
            } else {
                try Engine.verify(store: store.existingPath())
            }
        for fault in summary.faults { Console.warn(fault) }
        if output.isJSON {
            try Console.print(summary.json(path: file ?? store.path))
        } else {
            try Console.print(
                """
                read \(counted(summary.pageCount, "page")) and \
                \(counted(summary.recordCount, "record")): \
                \(counted(summary.pointCount, "point")) with \
                \(counted(summary.vectorCount, "vector")) in \
                \(counted(summary.collectionCount, "collection")), \
                \(counted(summary.indexCount, "index", "indexes")), in \(duration(summary.seconds))
                \(summary.faults.isEmpty ? "sound" : counted(summary.faults.count, "fault"))
                """)
        }
        if !summary.faults.isEmpty { throw ExitCode.partial }
    }
}

extension VerificationSummary {
    /// What `--json` prints.
    func json(path: String) -> JSONObject {
        [
            "path": .string(path),
            "store_id": JSONValue(storeID?.uuidString.lowercased()),
            "format": format.map { .integer(Int64($0)) } ?? .null,
            "sequence": JSONValue(sequence),
            "collection_count": JSONValue(collectionCount),
            "point_count": JSONValue(pointCount),
            "vector_count": JSONValue(vectorCount),
            "index_count": JSONValue(indexCount),
            "record_count": JSONValue(recordCount),
            "page_count": JSONValue(pageCount),
            "file_bytes": JSONValue(byteCount),
            "seconds": .number(seconds),
            "faults": JSONValue(faults),
        ]
    }
}
