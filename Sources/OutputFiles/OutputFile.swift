import Glibc

/// A file that is written beside its place, and takes it when it is whole and on disk.
///
/// Until then it has a random name in the same folder, at which nobody can have put a link. One that is dropped is removed,
/// and one that a killed process left is removed by the next of the same name. A file that is replaced keeps its mode and,
/// where the process may give it, its owner.
public final class OutputFile {
    /// Where it is going to be, as it was given.
    public let path: String
    /// Where it is now.
    public let temporaryPath: String
    /// Open for reading and writing.
    public let descriptor: Int32
    private let place: OutputPlace
    private let folder: Int32
    private let temporaryName: String
    private var isPublished = false

    /// The mode of files that others may read where the user's `umask` lets them.
    public static let shared: UInt32 = 0o666
    /// The mode of files that are nobody else's business.
    public static let ownersAlone: UInt32 = 0o600

    /// Begins a file.
    ///
    /// - Parameters:
    ///   - path: where it is going to be; the target of a link where this is one.
    ///   - mode: what a new file gets, less the process's `umask`.
    ///   - isOfStore: whether it is one of a store's own files.
    /// - Throws: ``OutputFileError`` with `refused` for a folder, a device, a pipe, a link to nothing or a place in a store;
    ///   `system`.
    public init(
        at path: String, mode: UInt32 = shared, isOfStore: Bool = false
    ) throws(OutputFileError) {
        let place = try OutputPlace(path, allowingStores: isOfStore)
        guard place.kind != .stream else {
            throw .refused(
                "\(path) is a device or a pipe, and not a place for this file; name a file.")
        }
        let folder = unsafe open(place.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw .system("write", path) }
        do throws(OutputFileError) {
            Leftovers(of: place.name).remove(from: folder)
            (temporaryName, descriptor) = try Self.begin(place, folder, mode)
        } catch {
            close(folder)
            throw error
        }
        self.path = path
        self.place = place
        self.folder = folder
        temporaryPath = "\(place.folder == "/" ? "" : place.folder)/\(temporaryName)"
    }

    deinit {
        if !isPublished { _ = unsafe unlinkat(folder, temporaryName, 0) }
        close(descriptor)
        close(folder)
    }

    /// Writes all of some bytes, after what was written last or at an offset.
    ///
    /// - Throws: ``OutputFileError`` with `system`.
    @unsafe
    public func write(
        _ bytes: UnsafeRawBufferPointer, at offset: Int? = nil
    ) throws(OutputFileError) {
        guard unsafe OutputStream(descriptor: descriptor).write(bytes, at: offset) else {
            throw .system("write", path)
        }
    }

    /// The same of an array.
    public func write(_ bytes: [UInt8], at offset: Int? = nil) throws(OutputFileError) {
        guard OutputStream(descriptor: descriptor).write(bytes, at: offset) else {
            throw .system("write", path)
        }
    }

    /// Cuts the file, or adds zeros.
    ///
    /// - Throws: ``OutputFileError`` with `system`.
    public func resize(to length: Int) throws(OutputFileError) {
        guard ftruncate(descriptor, length) == 0 else { throw .system("write", path) }
    }

    /// How long the file is now.
    ///
    /// - Throws: ``OutputFileError`` with `system`.
    public func length() throws(OutputFileError) -> Int {
        let end = lseek(descriptor, 0, SEEK_END)
        guard end >= 0 else { throw .system("measure", path) }
        return end
    }

    /// Waits for the disk.
    ///
    /// - Throws: ``OutputFileError`` with `system`.
    public func synchronize() throws(OutputFileError) {
        guard fsync(descriptor) == 0 else { throw .system("sync", path) }
    }

    /// Waits for the disk, gives the file its name and makes that survive a power loss.
    ///
    /// - Parameter replaces: whether it takes the place of a file that is there.
    /// - Throws: ``OutputFileError`` with `exists` or `system`. Then nothing has its name, unless it is the folder that
    ///   cannot be synced: then only a power loss may undo what was done.
    public func publish(replacing replaces: Bool = true) throws(OutputFileError) {
        try synchronize()
        if replaces {
            guard unsafe renameat(folder, temporaryName, folder, place.name) == 0 else {
                throw .system("write", path)
            }
        } else {
            try publishNew()
        }
        isPublished = true
        flock(descriptor, LOCK_UN)
        guard fsync(folder) == 0 else { throw .system("sync the folder of", path) }
    }

    /// Unlike a rename, a link never takes another file's place.
    private func publishNew() throws(OutputFileError) {
        if unsafe linkat(folder, temporaryName, folder, place.name, 0) == 0 {
            _ = unsafe unlinkat(folder, temporaryName, 0)
            return
        }
        if errno == EEXIST { throw .exists(path) }
        // Some file systems have no links.
        if unsafe faccessat(folder, place.name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 {
            throw .exists(path)
        }
        guard unsafe renameat(folder, temporaryName, folder, place.name) == 0 else {
            throw .system("write", path)
        }
    }

    /// Gives a file the owner and the mode of another, as far as the process may.
    private static func be(like present: stat, _ descriptor: Int32) {
        // Owners first, as giving a file away may change its mode.
        _ = fchown(descriptor, present.st_uid, present.st_gid)
        _ = fchmod(descriptor, present.st_mode & 0o777)
    }

    /// Makes a file of a new name and locks it, which says that somebody writes to it.
    private static func begin(
        _ place: OutputPlace, _ folder: Int32, _ mode: UInt32
    ) throws(OutputFileError) -> (name: String, descriptor: Int32) {
        while true {
            let name = Leftovers(of: place.name).newName()
            let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
            let descriptor = unsafe openat(folder, name, flags, mode)
            guard descriptor >= 0 else {
                if errno == EEXIST { continue }
                throw .system("write", place.path)
            }
            if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
                // Somebody takes it for a leftover.
                close(descriptor)
                continue
            }
            var info = stat()
            if unsafe fstat(descriptor, &info) == 0, info.st_nlink > 0 {
                if let present = place.present { be(like: present, descriptor) }
                return (name, descriptor)
            }
            close(descriptor)
        }
    }
}
