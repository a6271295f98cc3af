import ArgumentParser

/// The commands that fill a store.
struct Ingest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Takes images or vectors into a collection.",
        discussion: """
            A collection that does not exist is made. An ingest that was interrupted goes on \
            where it stopped when the same command is given again.
            """,
        subcommands: [IngestImages.self, IngestVectors.self])
}
