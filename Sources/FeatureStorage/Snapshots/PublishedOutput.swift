internal import Glibc
internal import OutputFiles

/// An ``OutputFile`` that is written from the start to its end, with the errors of stores.
final class PublishedOutput {
    let path: String
    private let file: OutputFile

    var temporaryPath: String { file.temporaryPath }
    var descriptor: Int32 { file.descriptor }

    /// Begins a file.
    ///
    /// - Parameter isOfStore: whether it is one of a store's own files.
    /// - Throws: ``StorageError`` with `invalidParameter` for a device, a pipe, a folder, a link to nothing, or a place in
    ///   a store; `diskFull` or `system`.
    init(path: String, isOfStore: Bool = false) throws(StorageError) {
        self.path = path
        file = try Self.writing(path) { () throws(OutputFileError) in
            try OutputFile(at: path, mode: OutputFile.ownersAlone, isOfStore: isOfStore)
        }
    }

    /// How long the file is now.
    func length() throws(StorageError) -> Int {
        try writing { () throws(OutputFileError) in try file.length() }
    }

    /// Moves to where the next bytes go; the gap is filled with zeros.
    func seek(to offset: Int) throws(StorageError) {
        guard lseek(descriptor, off_t(offset), SEEK_SET) == offset else {
            throw StorageError(LMDBStatus(rawValue: errno), "Writing \(path)")
        }
    }

    /// Writes bytes where the file stands.
    func write(_ bytes: [UInt8]) throws(StorageError) {
        try writing { () throws(OutputFileError) in try file.write(bytes) }
    }

    /// Brings the file to the disk.
    func synchronize() throws(StorageError) {
        try writing { () throws(OutputFileError) in try file.synchronize() }
    }

    /// Syncs the file, gives it its name and syncs the folder.
    ///
    /// - Parameter replaces: whether a file of this name is replaced.
    /// - Throws: ``StorageError`` with `invalidParameter` where there is a file and it may not be
    ///   replaced, `diskFull` or `system`.
    func publish(replacing replaces: Bool) throws(StorageError) {
        try writing { () throws(OutputFileError) in try file.publish(replacing: replaces) }
    }

    /// Whether an open file or folder is still the one at a path.
    static func isAt(_ path: String, _ descriptor: Int32) -> Bool {
        var (open, named) = (stat(), stat())
        return unsafe fstat(descriptor, &open) == 0 && stat(path, &named) == 0
            && open.st_dev == named.st_dev && open.st_ino == named.st_ino
    }

    /// Whether there is something at a path.
    static func isThere(_ path: String) -> Bool {
        unsafe access(path, F_OK) == 0
    }

    static func exists(_ path: String) -> StorageError {
        StorageError(
            .invalidParameter,
            "There is a file at \(path) already; name another one, or replace it with --replace.")
    }

    private func writing<R>(_ body: () throws(OutputFileError) -> R) throws(StorageError) -> R {
        try Self.writing(path, body)
    }

    /// Runs `body` with the errors of stores.
    private static func writing<R>(
        _ path: String, _ body: () throws(OutputFileError) -> R
    ) throws(StorageError) -> R {
        do {
            return try body()
        } catch {
            switch error.reason {
            case .exists: throw exists(path)
            case .refused: throw StorageError(.invalidParameter, error.description)
            case .system(let code):
                throw StorageError(LMDBStatus(rawValue: code), "Writing \(path)")
            }
        }
    }
}
