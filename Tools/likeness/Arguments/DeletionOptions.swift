import ArgumentParser
import SearchService

/// Whether something is deleted, or only named.
struct DeletionOptions: ParsableArguments {
    @Flag(
        name: .customLong("dry-run"), help: "Say what would be deleted, and leave it as it is.")
    var isRehearsal = false

    /// The access that it takes.
    var access: Engine.Access { isRehearsal ? .readOnly : .readWrite }

    /// How the report starts.
    var verb: String { isRehearsal ? "would delete" : "deleted" }
}
