import ArgumentParser
import SearchService

/// The tool: what stands before every subcommand.
struct Likeness: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "likeness",
        abstract: "Finds the images that are most like a given one.",
        discussion: """
            Photographs or vectors go into a store; indexes are built over them; searches are \
            answered exactly or by an index, and a comparison tells how close the two come.

            Example:
              likeness ingest images Pictures -c pictures
              likeness index build pictures --kind hnsw
              likeness search pictures --image cat.jpg --contact-sheet likes.jpg

            The store is the folder given by --store, else by $LIKENESS_STORE, else \
            ./likeness.store. Every command has --json, which prints one object on one line. \
            Warnings and progress go to the standard error. Colours are left out where NO_COLOR \
            is set.

            Exit status: 0 done; 1 something named does not exist, or memory for an index; 2 done \
            in part (an image that could not be read, a damaged index); 64 wrong usage; 65 \
            unusable data; 69 something must be installed or freed first; 74 reading or writing \
            failed; 75 another process is in the way; 130 interrupted.
            """,
        version: "\(Engine.version)",
        subcommands: [
            Ingest.self, CollectionCommand.self, PointCommand.self, ModelsCommand.self,
            IndexCommand.self, PayloadIndexCommand.self, Search.self, Compare.self, Evaluate.self,
            Export.self,
            Snapshot.self, Restore.self, Verify.self, Compact.self,
        ])
}
