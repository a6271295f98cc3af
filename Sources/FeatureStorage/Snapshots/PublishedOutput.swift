internal import Glibc

/// A file that is written beside its place, and takes it when it is whole and on disk.
///
/// Unless it was published, the file is gone with the object. One that a killed process left is
/// written over by the next.
final class PublishedOutput {
    let path: String
    let temporaryPath: String
    let descriptor: Int32
    private var isOurs = false

    /// Begins a file.
    ///
    /// - Throws: ``StorageError`` with `writerExists` where another process writes the same file, or
    ///   `system`.
    init(path: String, temporaryPath: String) throws(StorageError) {
        self.path = path
        self.temporaryPath = temporaryPath
        descriptor = unsafe open(temporaryPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StorageError(LMDBStatus(rawValue: errno), "Making \(temporaryPath)")
        }
        // Between opening and locking, the file may have been published: then it is not ours to empty.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, Self.isAt(temporaryPath, descriptor) else {
            throw StorageError(
                .writerExists, "Another process writes to \(path); wait until it ends.")
        }
        isOurs = true
        guard ftruncate(descriptor, 0) == 0 else { throw failure("Emptying") }
    }

    deinit {
        if isOurs { _ = unsafe unlink(temporaryPath) }
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// How long the file is now.
    func length() throws(StorageError) -> Int {
        let end = lseek(descriptor, 0, SEEK_END)
        guard end >= 0 else { throw failure("Measuring") }
        return end
    }

    /// Moves to where the next bytes go; the gap is filled with zeros.
    func seek(to offset: Int) throws(StorageError) {
        guard lseek(descriptor, off_t(offset), SEEK_SET) == offset else { throw failure("Writing") }
    }

    /// Writes bytes where the file stands.
    func write(_ bytes: [UInt8]) throws(StorageError) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(
                    descriptor, $0.baseAddress.map { unsafe $0 + done }, $0.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("Writing") }
            done += count
        }
    }

    /// Brings the file to the disk.
    func synchronize() throws(StorageError) {
        guard fsync(descriptor) == 0 else { throw failure("Syncing") }
    }

    /// Syncs the file, gives it its name and syncs the folder.
    ///
    /// - Parameter replaces: whether a file of this name is replaced.
    /// - Throws: ``StorageError`` with `invalidParameter` where there is a file and it may not be
    ///   replaced, `diskFull` or `system`.
    func publish(replacing replaces: Bool) throws(StorageError) {
        try synchronize()
        if !replaces {
            // Unlike a rename, a link never takes another file's place.
            if unsafe link(temporaryPath, path) == 0 {
                _ = unsafe unlink(temporaryPath)
            } else if errno == EEXIST || Self.isThere(path) {
                throw Self.exists(path)
            } else if unsafe rename(temporaryPath, path) != 0 {
                // Some file systems have no links.
                throw failure("Publishing")
            }
        } else if unsafe rename(temporaryPath, path) != 0 {
            throw failure("Publishing")
        }
        isOurs = false
        try StoreFolder.synchronize(StoreFolder.parent(of: path))
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

    private func failure(_ doing: String) -> StorageError {
        StorageError(LMDBStatus(rawValue: errno), "\(doing) \(temporaryPath)")
    }
}
