import ArgumentParser
import Foundation
import SearchService

/// Whether a program or a person reads the result.
struct OutputOptions: ParsableArguments {
    @Flag(name: .customLong("json"), help: "Print one JSON object on one line.")
    var isJSON = false
}

/// Where the store is.
struct StoreOptions: ParsableArguments {
    @Option(
        name: .customLong("store"),
        help: ArgumentHelp(
            "The folder of the store (default: $LIKENESS_STORE, else ./likeness.store).",
            valueName: "folder"),
        completion: .directory)
    var folder: String?

    /// The folder that is meant.
    var path: String {
        folder ?? environmentFolder ?? "./likeness.store"
    }

    private var environmentFolder: String? {
        let value = ProcessInfo.processInfo.environment["LIKENESS_STORE"]
        return value == "" ? nil : value
    }

    func validate() throws {
        if folder == "" { throw ValidationError("--store needs the name of a folder.") }
    }

    /// Opens the store, making it where there is none.
    func make() throws(ServiceError) -> Engine {
        try refuseFile()
        return try Engine(store: path, access: .readWrite)
    }

    /// Opens the store that is there.
    ///
    /// - Throws: ``ServiceError`` with code `notFound` where there is none, so that a mistyped
    ///   name does not leave an empty store behind.
    func open(_ access: Engine.Access) throws(ServiceError) -> Engine {
        try Engine(store: existingPath(), access: access)
    }

    /// The folder of the store that is there.
    ///
    /// - Throws: ``ServiceError`` with code `notFound` where there is none.
    func existingPath() throws(ServiceError) -> String {
        guard FileManager.default.fileExists(atPath: path) else {
            throw ServiceError(
                .notFound,
                "There is no store at \(path); name another with --store, or make it with "
                    + "'likeness ingest'.")
        }
        try refuseFile()
        return path
    }

    private func refuseFile() throws(ServiceError) {
        var isFolder: ObjCBool = false
        if unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
            !isFolder.boolValue
        {
            throw ServiceError(
                .invalidData, "\(path) is a file, not a store's folder; name another with --store.")
        }
    }
}
