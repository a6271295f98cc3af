internal import CLMDB
internal import Glibc
internal import Locks

/// A store's folder while the store is open: its place in the process's registry, and the writer's
/// lock where the store writes.
///
/// - Note: `data.mdb` and `lock.mdb` are LMDB's; `writer.lock` is held by the one process that writes;
///   `indexes` belongs to the index kinds.
final class StoreFolder: Sendable {
    let path: String
    private let identity: Identity
    private let writerLock: Int32?
    private let isHeld = Lock(true)
    private let process = Forks.generation

    private struct Identity: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    /// The folders that a process has open.
    ///
    /// LMDB's locks belong to the process: opening an environment twice and closing one of the two would release
    /// the locks of both.
    private struct Registry {
        private var process = Forks.generation
        private var open: Set<Identity> = []

        /// Adds a folder; false where it is open already.
        mutating func insert(_ identity: Identity) -> Bool {
            // A forked process has nothing open of what its parent has.
            if process != Forks.generation { self = Registry() }
            return open.insert(identity).inserted
        }

        mutating func remove(_ identity: Identity) {
            open.remove(identity)
        }
    }

    private static let registry = Lock(Registry())

    var dataPath: String { "\(path)/data.mdb" }
    var lockPath: String { "\(path)/lock.mdb" }

    /// Finds or makes the folder and takes it.
    ///
    /// - Throws: ``StorageError`` with `noSuchStore`, `networkFileSystem`, `alreadyOpen`,
    ///   `writerExists` or `system`.
    init(path: String, writes: Bool, creates: Bool) throws(StorageError) {
        if creates { try Self.makeFolder(path) }
        var info = stat()
        guard unsafe stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else {
            throw StorageError(
                .noSuchStore, "There is no store at \(path); ingest something to make one.")
        }
        try Self.refuseNetwork(path)
        try Self.refuseLinks(path)
        let identity = Identity(device: UInt64(info.st_dev), inode: UInt64(info.st_ino))
        guard Self.registry.withLock({ $0.insert(identity) }) else {
            throw StorageError(
                .alreadyOpen, "This process has the store at \(path) open already; share that one.")
        }
        do {
            self.writerLock = writes ? try Self.lockForWriting(path) : nil
        } catch {
            Self.registry.withLock { $0.remove(identity) }
            throw error
        }
        self.path = path
        self.identity = identity
    }

    deinit {
        release()
    }

    /// Whether the writer's lock that this process holds is the one that others would ask for; true where it only reads.
    var holdsWriterLock: Bool {
        writerLock.map { PublishedOutput.isAt("\(path)/writer.lock", $0) } ?? true
    }

    /// Lets others have the folder; doing it again, or in a forked process, does nothing.
    func release() {
        // There the lock is the parent's, and has been closed.
        guard process == Forks.generation else { return }
        let wasHeld = isHeld.withLock { isHeld in
            defer { isHeld = false }
            return isHeld
        }
        guard wasHeld else { return }
        if let writerLock {
            // A child that has been forked and has not yet begun its program shares the open file;
            // closing our descriptor alone would leave the lock with it.
            flock(writerLock, LOCK_UN)
            Forks.forget(writerLock)
            close(writerLock)
        }
        Self.registry.withLock { $0.remove(identity) }
    }

    /// How many bytes the file system has left for this process; as many as can be where it does not say.
    var freeBytes: Int {
        var info = statfs()
        guard unsafe statfs(path, &info) == 0 else { return .max }
        return Int(clamping: info.f_bavail).multipliedClamping(by: Int(clamping: info.f_bsize))
    }

    /// Makes entries that were just created survive a power loss.
    func synchronize() throws(StorageError) {
        try Self.synchronize(path)
    }

    static func synchronize(_ path: String) throws(StorageError) {
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        guard descriptor >= 0, fsync(descriptor) == 0 else {
            throw StorageError(LMDBStatus(rawValue: errno), "Syncing the folder \(path)")
        }
    }

    static func makeFolder(_ path: String) throws(StorageError) {
        let parent = parent(of: path)
        var info = stat()
        if parent != path, unsafe stat(parent, &info) != 0 { try makeFolder(parent) }
        if unsafe mkdir(path, 0o700) == 0 {
            // A store in a folder that a power loss takes away is lost as well.
            try synchronize(parent)
        } else if errno != EEXIST {
            throw StorageError(LMDBStatus(rawValue: errno), "Making the folder \(path)")
        }
    }

    static func parent(of path: String) -> String {
        var name = path[...]
        while name.count > 1, name.hasSuffix("/") { name.removeLast() }
        guard let slash = name.lastIndex(of: "/") else { return "." }
        return slash == name.startIndex ? "/" : String(name[..<slash])
    }

    /// LMDB's locks and memory maps do not hold across machines.
    static func refuseNetwork(_ path: String) throws(StorageError) {
        var info = statfs()
        guard unsafe statfs(path, &info) == 0 else {
            throw StorageError(LMDBStatus(rawValue: errno), "Reading the folder \(path)")
        }
        guard let name = networkFileSystems[UInt32(truncatingIfNeeded: info.f_type)] else { return }
        throw StorageError(
            .networkFileSystem,
            "\(path) is on \(name), where a store's locks do not hold; use a folder on a local disk."
        )
    }

    private static let networkFileSystems: [UInt32: String] = [
        0x6969: "NFS", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB", 0x517B: "SMB",
        0x6573_5546: "a FUSE file system", 0x0102_1997: "9P", 0x00C3_6400: "Ceph",
        0x5346_414F: "AFS", 0x6B41_4653: "AFS", 0x0BD0_0BD0: "Lustre", 0x7375_7245: "Coda",
        0x7461_636F: "OCFS2", 0x0116_1970: "GFS2", 0x4750_4653: "GPFS",
    ]

    /// A link in the place of a file of the store's would have another file written to.
    private static func refuseLinks(_ path: String) throws(StorageError) {
        for name in ["data.mdb", "lock.mdb", "writer.lock", "indexes"] {
            var info = stat()
            guard unsafe lstat("\(path)/\(name)", &info) == 0, info.st_mode & S_IFMT == S_IFLNK
            else { continue }
            throw StorageError(
                .notAStore,
                "\(path)/\(name) is a link, which a store's own files may not be; put the file itself there."
            )
        }
    }

    private static func lockForWriting(_ path: String) throws(StorageError) -> Int32 {
        // Noted before it is locked, so that no child ever shares the lock.
        let (descriptor, isNoted) = Forks.holding {
            let descriptor = unsafe Glibc.open(
                "\(path)/writer.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            return (descriptor, descriptor >= 0 && Forks.closeInChild(descriptor))
        }
        guard descriptor >= 0 else {
            throw StorageError(LMDBStatus(rawValue: errno), "Opening \(path)/writer.lock")
        }
        guard isNoted else {
            close(descriptor)
            throw StorageError(
                .system, "This process has too many stores open; close some before \(path).")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            Forks.forget(descriptor)
            defer { close(descriptor) }
            guard reason == EWOULDBLOCK else {
                throw StorageError(LMDBStatus(rawValue: reason), "Locking \(path)/writer.lock")
            }
            throw StorageError(
                .writerExists,
                "Another process\(holder(descriptor)) writes to the store at \(path); "
                    + "wait until it ends, or open the store for reading only.")
        }
        let text = Array("\(getpid()) \(time(nil))\n".utf8)
        // Only for the sentence above; the lock itself does not need it.
        _ = ftruncate(descriptor, 0)
        _ = unsafe text.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        return descriptor
    }

    private static func holder(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe pread(descriptor, $0.baseAddress, $0.count, 0)
        }
        guard count > 1 else { return "" }
        let words = String(decoding: bytes[..<(count - 1)], as: UTF8.self).split(separator: " ")
        guard let process = words.first.flatMap({ Int($0) }) else { return "" }
        guard words.count == 2, var start = time_t(words[1]) else { return " (\(process))" }
        var parts = unsafe tm()
        guard unsafe localtime_r(&start, &parts) != nil else { return " (\(process))" }
        func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (year, month, day) = unsafe (parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday)
        let time = unsafe [parts.tm_hour, parts.tm_min, parts.tm_sec]
        return " (\(process), since \(year)-\(padded(month))-\(padded(day)) "
            + "\(time.map(padded).joined(separator: ":")))"
    }
}

extension Int {
    /// The product, or the largest integer where it does not fit.
    fileprivate func multipliedClamping(by other: Int) -> Int {
        let (product, overflows) = multipliedReportingOverflow(by: other)
        return overflows ? .max : product
    }
}
