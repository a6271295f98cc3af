public import Foundation
internal import Glibc

/// Collections, points, payloads and vectors in one LMDB environment; the truth that indexes are
/// built from.
///
/// One process writes at a time, any number read beside it. Transactions are closures: they never
/// leave their thread and cannot be kept. Whatever `write` has returned from is on disk.
///
/// A store keeps in its folder `data.mdb` and `lock.mdb`, which are LMDB's, `writer.lock`, which the
/// writing process holds, and `indexes`, which index kinds fill. Folders on network file systems are
/// refused.
public final class FeatureStore: Sendable {
    /// Whether a store is opened for writing.
    public enum Mode: Hashable, Sendable {
        /// Only to read, beside a process that may write.
        case readOnly
        /// To read and to write, as the one process that does.
        case readWrite
    }

    /// The folder.
    public let path: String
    /// The random id that the store was given when it was made; index files carry it too.
    public let identifier: UUID

    private let session: StoreSession

    /// How large the map of a new process is at first; it doubles when it is full.
    package static let defaultMapBytes = 1 << 30

    /// Opens a store.
    ///
    /// - Parameters:
    ///   - path: the folder; one that is relative is taken against the working folder of this moment.
    ///   - mode: whether to write.
    ///   - create: whether to make a store where there is none; only for writing.
    /// - Throws: ``StorageError`` with `noSuchStore`, `notAStore`, `damagedStore`,
    ///   `unsupportedFormat`, `networkFileSystem`, `alreadyOpen`, `writerExists`, `invalidParameter`
    ///   or `system`.
    public convenience init(
        path: String, mode: Mode, create: Bool = false
    ) throws(StorageError) {
        // The process may go to another folder later.
        let whole =
            path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        try self.init(
            path: whole, mode: mode, create: create, initialMapBytes: Self.defaultMapBytes)
    }

    package init(
        path: String, mode: Mode, create: Bool, initialMapBytes: Int
    ) throws(StorageError) {
        guard mode == .readWrite || !create else {
            throw StorageError(
                .invalidParameter, "A store cannot be made by opening it only for reading.")
        }
        session = try StoreSession(
            path: path, writes: mode == .readWrite, creates: create,
            initialMapBytes: initialMapBytes)
        self.path = path
        identifier = session.identifier
        // What a compaction left that was killed; nobody else writes.
        if mode == .readWrite { _ = unsafe unlink("\(path)/data.mdb.compact") }
    }

    deinit {
        close()
    }

    /// The folder that index files lie in; ``makeIndexFolder()`` makes it.
    public var indexFolder: String { "\(path)/indexes" }

    /// Makes the folder of index files where there is none.
    ///
    /// It is synced even where it is there: whoever made it may have been killed before doing so, and a
    /// power loss would take it away with every index in it.
    ///
    /// - Throws: ``StorageError`` with `diskFull` or `system`.
    public func makeIndexFolder() throws(StorageError) {
        try StoreFolder.makeFolder(indexFolder)
        try StoreFolder.synchronize(path)
    }

    /// How large the map is, in bytes.
    ///
    /// - Throws: ``StorageError`` as ``read(_:)`` does.
    package func mapBytes() throws(StorageError) -> Int {
        try session.current(writing: false).environment.mapBytes
    }

    /// Finishes what was begun and closes; every later transaction throws `closed`.
    ///
    /// Doing it again does nothing. It must not be called from inside a transaction.
    public func close() {
        session.close()
    }

    /// Calls `body` with a view of the store, on the calling thread.
    ///
    /// A long view keeps the map from growing, so that writers wait for it.
    ///
    /// - Parameter body: must not begin another transaction of this store.
    /// - Throws: ``StorageError`` with `closed`, `replaced`, `nestedTransaction` or `readersFull`,
    ///   `damagedStore` where the data file has been changed or cut short, what `body` throws, and in a forked
    ///   process what opening the store throws.
    public func read<R: ~Copyable>(
        _ body: (borrowing ReadTransaction) throws(StorageError) -> R
    ) throws(StorageError) -> R {
        while true {
            let opened = try session.current(writing: false)
            let (environment, writes) = (opened.environment, opened.writer != nil)
            guard writes || environment.isCurrent else {
                throw StorageError(
                    .replaced,
                    "The store at \(path) has been compacted, or its data file replaced or removed, since it was "
                        + "opened; open it again.")
            }
            guard writes || environment.isSeenByOthers else {
                throw StorageError(
                    .replaced,
                    "The lock file of the store at \(path) has been removed since the store was opened, so "
                        + "that what is read could be written over; open it again.")
            }
            do throws(StorageError) {
                try environment.gate.enter()
            } catch {
                guard error.code == .closed, session.hasReplaced(opened) else { throw error }
                continue
            }
            switch environment.begin(writes: false) {
            case .begun(let raw):
                defer {
                    raw.abort()
                    environment.gate.leave()
                }
                try environment.checkMap()
                do throws(StorageError) {
                    try environment.checkIdentity(raw)
                    let result = try body(ReadTransaction(raw))
                    try environment.checkMap()
                    return result
                } catch {
                    environment.remember(error)
                    try environment.checkMap()
                    throw error
                }
            case .refused(.mapResized):
                // Another process made the map larger; this one follows.
                environment.gate.leave()
                try environment.resizeMap(to: 0)
            case .refused(let status):
                environment.gate.leave()
                throw StorageError(status, "Beginning to read")
            }
        }
    }

    /// Calls `body` on the writer's thread, and returns once its changes are on disk.
    ///
    /// Closures that wait at the same time are committed together, with one sync. One that throws
    /// leaves no change behind and does not touch the others.
    ///
    /// - Parameter body: may be called more than once, when the map had to grow or another closure of
    ///   its commit failed, and must then do the same; must not begin another transaction.
    /// - Throws: ``StorageError`` with `readOnly`, `closed`, `nestedTransaction`, `diskFull`, `replaced`,
    ///   `transactionTooLarge`, `damagedStore` or `system`, what `body` throws, and in a forked process what
    ///   opening the store throws, such as `writerExists`.
    @discardableResult
    public func write<R: Sendable>(
        _ body: @escaping @Sendable (borrowing WriteTransaction) throws(StorageError) -> R
    ) throws(StorageError) -> R {
        try session.checkOutside()
        guard let writer = try session.current(writing: true).writer else {
            throw StorageError(
                .readOnly, "The store at \(path) was opened only for reading; open it for writing.")
        }
        return try writer.submit(body)
    }

    /// Copies all that the trees lead to, as it is now, to an open file, without free pages.
    ///
    /// - Throws: ``StorageError`` with `closed`, `diskFull` or `system`.
    func copyPages(to descriptor: Int32) throws(StorageError) {
        let environment = try session.current(writing: false).environment
        let start = lseek(descriptor, 0, SEEK_CUR)
        do throws(StorageError) {
            try environment.copy(to: descriptor, compacts: true)
        } catch {
            // LMDB 0.9 refuses to compact a file that has lost pages; they do no other harm.
            guard error.status == .incompatible, lseek(descriptor, start, SEEK_SET) == start,
                ftruncate(descriptor, start) == 0
            else { throw error }
            try environment.copy(to: descriptor, compacts: false)
        }
    }

    /// Closes, and puts a finished data file in the place of the old one.
    ///
    /// The writer's lock is held until that is done.
    ///
    /// - Throws: ``StorageError`` with `readOnly`, `closed` or `system`.
    func replaceData(by path: String) throws(StorageError) {
        let folder = try session.current(writing: true).environment.folder
        session.close(releasingFolder: false)
        defer { folder.release() }
        try OpeningLock(folder, alone: true).swap(in: path)
    }
}
