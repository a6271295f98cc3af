import ArgumentParser
import JSON
import SearchService

/// Makes the store's data file as small as it can be.
struct Compact: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Trims the change log and writes the data file anew without free pages.",
        discussion: """
            Others may read meanwhile. The new file is verified before it takes the old one's place, \
            so there must be room for both. A store of an older format is brought to the present one.

            Example:
              likeness compact
            """)

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let summary = try Engine.compact(store: store.existingPath())
        if output.isJSON {
            try Console.print([
                "store": .string(store.path),
                "bytes_before": JSONValue(summary.bytesBefore),
                "bytes_after": JSONValue(summary.bytesAfter),
                "changes_trimmed": JSONValue(summary.changesTrimmed),
                "seconds": .number(summary.seconds),
            ])
        } else {
            try Console.print(
                """
                \(size(ofBytes: summary.bytesBefore)) became \(size(ofBytes: summary.bytesAfter)), \
                \(counted(Int(clamping: summary.changesTrimmed), "change")) left the log, in \
                \(duration(summary.seconds))
                """)
        }
    }
}
