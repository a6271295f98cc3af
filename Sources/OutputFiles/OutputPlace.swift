import Glibc

/// Where an output goes, links followed, and what is there now.
///
/// As `cp` does, an output whose name is a link goes to the link's target, and not to a target that is not there.
public struct OutputPlace {
    /// What may be at a place.
    public enum Kind: Hashable, Sendable {
        case nothing, file
        /// A device, a pipe or a socket, or a name of an open file such as `/dev/stdout`: bytes go into it and nothing
        /// takes its place.
        case stream
    }

    /// As it was given.
    public let path: String
    /// What is there.
    public let kind: Kind
    /// The folder without links, and the name in it.
    let folder: String
    let name: String
    /// The file that is there, where one is.
    let present: stat?

    /// Looks at a path.
    ///
    /// - Throws: ``OutputFileError`` with `refused` for a folder, a link to nothing and a place in a store; `system` where
    ///   the folder is not there or the file may not be written to.
    public init(_ path: String) throws(OutputFileError) {
        try self.init(path, allowingStores: false)
    }

    init(_ path: String, allowingStores: Bool) throws(OutputFileError) {
        self.path = path
        var linked = stat()
        guard unsafe lstat(path, &linked) == 0 else {
            guard errno == ENOENT else { throw .system("write", path) }
            (folder, name) = try Self.split(path)
            (kind, present) = (.nothing, nil)
            if !allowingStores { try refuseStore() }
            return
        }
        var info = stat()
        guard unsafe stat(path, &info) == 0 else {
            throw errno == ENOENT
                ? .refused(
                    "\(path) is a link to a file that is not there; remove the link, or name the "
                        + "file.")
                : .system("write", path)
        }
        let type = info.st_mode & S_IFMT
        guard type != S_IFDIR else {
            throw .refused("\(path) is a folder; name a file.")
        }
        if type != S_IFREG || Self.openFile(path) != nil {
            (folder, name) = ("", "")
            (kind, present) = (.stream, info)
            return
        }
        guard unsafe access(path, W_OK) == 0 else { throw .system("write", path) }
        let real = unsafe realpath(path, nil)
        guard let real = unsafe real else { throw .system("write", path) }
        defer { unsafe free(real) }
        (folder, name) = try Self.split(unsafe String(cString: real))
        (kind, present) = (.file, info)
        if !allowingStores { try refuseStore() }
    }

    /// Whether two names are those of one file.
    public func isSameFile(as other: String) -> Bool {
        var info = stat()
        guard let present, unsafe stat(other, &info) == 0 else { return false }
        return present.st_dev == info.st_dev && present.st_ino == info.st_ino
    }

    /// Refuses a file that is needed.
    ///
    /// - Parameters:
    ///   - files: those that must stay as they are.
    ///   - what: what one of them is, as in "asked with".
    /// - Throws: ``OutputFileError`` with `refused`.
    /// - Complexity: O(files) where there is something
    public func refuse(_ files: some Sequence<String>, _ what: String) throws(OutputFileError) {
        guard kind == .file else { return }
        for file in files where isSameFile(as: file) {
            throw .refused("\(path) is \(what), which would be lost; name another file.")
        }
    }

    /// Whether a folder holds a store.
    public static func isStore(_ folder: String) -> Bool {
        func holds(_ name: String) -> Bool { unsafe access("\(folder)/\(name)", F_OK) == 0 }
        return holds("data.mdb")
            && (holds("lock.mdb") || holds("writer.lock") || isLMDB("\(folder)/data.mdb"))
    }

    /// Whether a file begins as LMDB's do, as that of a store does that was copied without its locks.
    private static func isLMDB(_ path: String) -> Bool {
        let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var magic: UInt32 = 0
        // Behind the header of the first page.
        return unsafe pread(descriptor, &magic, 4, 16) == 4 && magic == 0xBEEF_C0DE
    }

    private func refuseStore() throws(OutputFileError) {
        let parts = try Self.split(folder)
        for folder in parts.name == "indexes" ? [folder, parts.folder] : [folder]
        where Self.isStore(folder) {
            throw .refused(
                "\(path) lies in the store at \(folder), which nothing else may write to; name a file elsewhere."
            )
        }
    }

    /// The real folder of a path, and the name in it.
    private static func split(
        _ path: String
    ) throws(OutputFileError) -> (folder: String, name: String) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let name = slash.map { String(path[path.utf8.index(after: $0)...]) } ?? path
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let real = unsafe realpath(folder, nil)
        guard let real = unsafe real else { throw .system("write", path) }
        defer { unsafe free(real) }
        return (unsafe String(cString: real), name)
    }
}
