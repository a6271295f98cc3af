import ArgumentParser
import Foundation
import JSON
import SearchService

/// Copies the whole store to one file.
struct Snapshot: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes a copy of the whole store to one file, while others use it.",
        discussion: """
            The copy is read back and verified before it gets its name. 'likeness restore' makes a \
            store of it. Index files are copied too; a damaged one is left out, and the exit status \
            is 2.

            Example:
              likeness snapshot pictures.snapshot
            """)

    @Argument(
        help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file())
    var file: String

    @Flag(help: "Replace the file if there is one.")
    var replace = false

    @Flag(
        name: .customLong("without-indexes"),
        help: "Leave index files out; they can be built again.")
    var isWithoutIndexes = false

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let summary = try store.open(.readOnly).snapshot(
            to: file, replacing: replace, includingIndexes: !isWithoutIndexes)
        for sentence in summary.warnings { Console.warn(sentence) }
        if output.isJSON {
            try Console.print(summary.json)
        } else {
            try Console.print("wrote \(summary.text) to \(file) in \(duration(summary.seconds))")
        }
        if !summary.warnings.isEmpty { throw ExitCode.partial }
    }
}

extension SnapshotSummary {
    /// What it holds, in a phrase.
    var text: String {
        "\(counted(pointCount, "point")) with \(counted(vectorCount, "vector")) in "
            + "\(counted(collectionCount, "collection")) and "
            + "\(counted(indexFiles.count, "index file")) (\(size(ofBytes: byteCount)))"
    }

    /// What `--json` prints.
    var json: JSONObject {
        [
            "path": .string(path),
            "store_id": .string(storeID.uuidString.lowercased()),
            "sequence": JSONValue(sequence),
            "file_bytes": JSONValue(byteCount),
            "collection_count": JSONValue(collectionCount),
            "point_count": JSONValue(pointCount),
            "vector_count": JSONValue(vectorCount),
            "index_files": JSONValue(indexFiles),
            "seconds": .number(seconds),
            "warnings": JSONValue(warnings),
        ]
    }
}
