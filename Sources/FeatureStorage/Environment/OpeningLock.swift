internal import Glibc
internal import Locks

/// The lock on a store's folder that keeps opening and the swap of the data file apart.
///
/// LMDB's two files belong together: `lock.mdb` says which commit of which `data.mdb` readers see.
/// Compacting puts a new data file in place while readers still use the old pair. So whoever opens
/// holds the lock shared, and the swap holds it alone and takes `lock.mdb` away with the old file:
/// old readers keep both old files open, and later ones find neither.
///
/// The two files cannot be swapped in one step. A note, `swap`, names the old data file while it is
/// being done, and whoever opens next after a process was killed there finishes what it began.
final class OpeningLock {
    private let folder: StoreFolder
    private let descriptor: Int32

    private var notePath: String { "\(folder.path)/swap" }

    /// Waits for the lock, and finishes a swap that was cut off.
    ///
    /// - Throws: ``StorageError`` with `system`.
    init(_ folder: StoreFolder, alone: Bool = false) throws(StorageError) {
        self.folder = folder
        // A child that is forked meanwhile would keep the lock; where too many are noted it does so.
        descriptor = Forks.holding {
            let descriptor = unsafe open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            if descriptor >= 0 { _ = Forks.closeInChild(descriptor) }
            return descriptor
        }
        guard descriptor >= 0 else {
            throw StorageError(LMDBStatus(rawValue: errno), "Opening the folder \(folder.path)")
        }
        try lock(alone ? LOCK_EX : LOCK_SH)
        guard unsafe access(notePath, F_OK) == 0 else { return }
        try lock(LOCK_EX)
        try finishSwap()
        if !alone { try lock(LOCK_SH) }
    }

    deinit {
        flock(descriptor, LOCK_UN)
        Forks.forget(descriptor)
        close(descriptor)
    }

    /// Puts a finished data file in the place of the store's; the lock must be held alone.
    ///
    /// - Parameter path: the new file, synced, in the store's folder.
    /// - Throws: ``StorageError`` with `system`; then the old file is in place, unless it is the
    ///   folder that cannot be synced.
    func swap(in path: String) throws(StorageError) {
        let doing = "Replacing \(folder.dataPath)"
        guard let old = Self.inode(folder.dataPath) else {
            throw StorageError(LMDBStatus(rawValue: errno), doing)
        }
        // A note that a power loss takes away is not missed: there are no readers left then.
        let note = Array("\(old)\n".utf8)
        let file = unsafe open(notePath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StorageError(LMDBStatus(rawValue: errno), doing) }
        let written = unsafe note.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
        let reason = errno
        close(file)
        guard written == note.count else {
            unsafe unlink(notePath)
            throw StorageError(LMDBStatus(rawValue: reason), doing)
        }
        guard unsafe rename(path, folder.dataPath) == 0 else {
            let reason = errno
            unsafe unlink(notePath)
            throw StorageError(LMDBStatus(rawValue: reason), doing)
        }
        try finishSwap()
        try folder.synchronize()
    }

    /// Takes the old lock file away where the data file is a new one; no note, no swap.
    private func finishSwap() throws(StorageError) {
        let file = unsafe open(notePath, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress, 32) }
        close(file)
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        // A note that is not whole was cut off before the rename.
        if text.hasSuffix("\n"), let old = UInt64(text.dropLast()),
            Self.inode(folder.dataPath) != old, unsafe unlink(folder.lockPath) != 0,
            errno != ENOENT
        {
            throw StorageError(LMDBStatus(rawValue: errno), "Removing \(folder.lockPath)")
        }
        unsafe unlink(notePath)
    }

    private func lock(_ operation: Int32) throws(StorageError) {
        while flock(descriptor, operation) != 0 {
            guard errno == EINTR else {
                throw StorageError(LMDBStatus(rawValue: errno), "Locking \(folder.path)")
            }
        }
    }

    /// The number that tells a file from the one that takes its place.
    static func inode(_ path: String) -> UInt64? {
        var info = stat()
        return unsafe stat(path, &info) == 0 ? UInt64(info.st_ino) : nil
    }
}
