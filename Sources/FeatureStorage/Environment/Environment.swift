internal import CLMDB
internal import CLMDBGuard
internal import FileMaps
internal import Foundation
internal import Glibc
internal import Locks
internal import Synchronization

/// An open LMDB environment with its trees, its gate and its folder.
///
/// Unchecked: `pointer` never changes, LMDB's environment is safe to share between threads, and the
/// gate keeps transactions apart from resizing and closing.
@safe
final class Environment: @unchecked Sendable {
    let gate = TransactionGate()
    let folder: StoreFolder
    private let pointer: OpaquePointer
    private(set) var databases = Databases()
    private(set) var identifier = UUID()
    private let isClosed = Monitor(false)
    private let process = Forks.generation
    private var dataInode: UInt64?
    private var lockInode: UInt64?
    private var lockLength: Int64 = 0
    private var watch: MapFaults.Watch?
    private var lockWatch: MapFaults.Watch?
    /// Whether a page of an earlier map was not there.
    private var hasFaulted = false
    /// How long the data file has been at most; it never gets shorter by itself.
    private let length = Atomic<Int>(0)
    private let hasGivenUp = Atomic<Bool>(false)

    private static let readerSlots: UInt32 = 1024

    /// Opens the environment of a folder, and makes its trees where it is new.
    ///
    /// - Parameters:
    ///   - path: the folder.
    ///   - writes: whether to write.
    ///   - creates: whether to make what is not there.
    ///   - initialMapBytes: the size of the map.
    ///   - opensTrees: false to hold the file's pages only, without a look at what is on them.
    init(
        path: String, writes: Bool, creates: Bool, initialMapBytes: Int, opensTrees: Bool = true
    ) throws(StorageError) {
        folder = try StoreFolder(path: path, writes: writes, creates: creates)
        // Held until LMDB has both of its files.
        let opening = try OpeningLock(folder)
        let file = try StructureCheck.open(path: folder.dataPath, mayBeEmpty: creates)
        if file == nil {
            try Self.makeDataFile(in: folder, mapBytes: initialMapBytes)
        } else if creates {
            Self.removeNewFolder(folder)
        }
        dataInode = OpeningLock.inode(folder.dataPath)
        var opened: OpaquePointer?
        let created = unsafe LMDBStatus(rawValue: mdb_env_create(&opened))
        guard let environment = unsafe opened else {
            throw StorageError(created, "Making an LMDB environment")
        }
        unsafe pointer = environment
        // From here on the deinitialiser closes what is open, should anything throw.
        try Self.check(unsafe mdb_env_set_maxdbs(environment, 32), "Setting up LMDB")
        try Self.check(
            unsafe mdb_env_set_maxreaders(environment, Self.readerSlots), "Setting up LMDB")
        try Self.check(
            unsafe mdb_env_set_mapsize(environment, initialMapBytes), "Setting up LMDB")
        unsafe mdb_env_set_assert(environment) { environment, why in
            unsafe guarded_give_up(environment, why)
            MapFaults.endIfAsked()
        }
        // Read-ahead is left on: builds read whole fields in the order of their pages.
        let flags = UInt32(MDB_NOTLS) | (writes ? 0 : UInt32(MDB_RDONLY))
        try Self.check(
            unsafe mdb_env_open(environment, path, flags, 0o600), "Opening the store at \(path)")
        if dataInode == nil { dataInode = OpeningLock.inode(folder.dataPath) }
        lockInode = OpeningLock.inode(folder.lockPath)
        lockLength = Self.length(folder.lockPath)
        _ = consume opening
        try checkMap()
        watch = StoreMap.watch(folder.dataPath, ofStore: path)
        lockWatch = StoreMap.watch(folder.lockPath, ofStore: path)
        var dead: Int32 = 0
        try Self.check(
            unsafe mdb_reader_check(environment, &dead), "Opening the store at \(path)")
        guard opensTrees else { return }
        if let file { try checkStructure(file, everything: writes) }
        if writes, !creates || file != nil { try upgrade() }
        try openTrees(writes: writes, creates: creates)
        if creates { try folder.synchronize() }
    }

    deinit {
        close()
    }

    /// Whether this process opened it, and was not forked from the one that did.
    ///
    /// In a forked process nothing may be done with it, not even closing: LMDB would free what the parent holds.
    var isOfThisProcess: Bool { process == Forks.generation }

    /// Waits for the transactions that are open and closes; doing it again, or in a forked process, does nothing.
    ///
    /// - Parameter releasingFolder: false to go on holding the writer's lock; `folder` releases it.
    func close(releasingFolder: Bool = true) {
        guard isOfThisProcess else { return }
        let isFirst = isClosed.update { state in
            defer { state = true }
            return !state
        }
        guard isFirst else { return }
        gate.exclusively(closing: true) {
            if let watch { MapFaults.forget(watch) }
            // It looks for its own readers in the lock file.
            unsafe mdb_env_close(pointer)
            if let lockWatch { MapFaults.forget(lockWatch) }
        }
        if releasingFolder { folder.release() }
    }

    /// Whether the store still has the data file that was opened, and no compacted one instead.
    var isCurrent: Bool { OpeningLock.inode(folder.dataPath) == dataInode }

    /// Whether other processes see this one: the lock files are those that were opened, and have neither been removed nor
    /// cut short since.
    ///
    /// Beside new ones two processes could write at a time, and pages that are read could be written over.
    var isSeenByOthers: Bool {
        OpeningLock.inode(folder.lockPath) == lockInode && folder.holdsWriterLock
            && Self.length(folder.lockPath) >= lockLength
    }

    private static func length(_ path: String) -> Int64 {
        var info = stat()
        return unsafe stat(path, &info) == 0 ? Int64(info.st_size) : 0
    }

    /// Throws where a transaction sees another store than was opened, as where its file was written over.
    func checkIdentity(_ transaction: RawTransaction) throws(StorageError) {
        guard try readIdentifier(transaction) == identifier else {
            throw StorageError(
                .replaced,
                "\(folder.dataPath) has been written over with another store since it was opened; open it "
                    + "again.")
        }
    }

    /// A transaction, or why there is none.
    enum Begun {
        case begun(RawTransaction)
        case refused(LMDBStatus)
    }

    /// Has every later transaction throw where LMDB has given up: pages have been changed by somebody else.
    func remember(_ error: StorageError) {
        if error.status == .gaveUp { hasGivenUp.store(true, ordering: .relaxed) }
    }

    /// Throws where the data file has been cut short while it was open, or a page of it could not be read.
    ///
    /// What was read since the last time may be wrong then. The caller is inside the gate.
    ///
    /// - Throws: ``StorageError`` with `damagedStore`.
    func checkMap() throws(StorageError) {
        var info = stat()
        var descriptor: Int32 = -1
        // Taken before the file is looked at, which may grow meanwhile.
        let before = length.load(ordering: .sequentiallyConsistent)
        let isKnown =
            unsafe mdb_env_get_fd(pointer, &descriptor) == 0 && fstat(descriptor, &info) == 0
        let now = isKnown ? Int(info.st_size) : before
        guard
            hasFaulted || watch?.hasFaulted == true || lockWatch?.hasFaulted == true || now < before
                || hasGivenUp.load(ordering: .relaxed)
        else {
            length.max(now, ordering: .sequentiallyConsistent)
            return
        }
        throw StorageError(
            .damagedStore,
            "\(folder.dataPath) was changed or cut short while it was open, or its disk fails; close the "
                + "store, run 'likeness verify' and restore a snapshot where that finds faults.")
    }

    /// Begins a transaction; the caller is inside the gate.
    func begin(writes: Bool) -> Begun {
        var transaction: OpaquePointer?
        var status = LMDBStatus.success
        for _ in 0..<2 {
            status = unsafe LMDBStatus(
                rawValue: guarded_txn_begin(
                    pointer, nil, writes ? 0 : UInt32(MDB_RDONLY), &transaction))
            guard status == .readersFull else { break }
            // Slots of processes that were killed are only freed when somebody looks.
            var dead: Int32 = 0
            unsafe mdb_reader_check(pointer, &dead)
        }
        guard let transaction = unsafe transaction, status == .success else {
            return .refused(status)
        }
        return .begun(unsafe RawTransaction(transaction, writes: writes, databases: databases))
    }

    /// How large the map is.
    var mapBytes: Int {
        var info = unsafe MDB_envinfo()
        unsafe mdb_env_info(pointer, &info)
        return unsafe info.me_mapsize
    }

    /// Makes the map larger; 0 takes the size that another process gave it.
    ///
    /// The caller is outside the gate.
    func resizeMap(to bytes: Int) throws(StorageError) {
        let status = gate.exclusively {
            if let watch {
                hasFaulted = hasFaulted || watch.hasFaulted
                MapFaults.forget(watch)
            }
            defer { watch = StoreMap.watch(folder.dataPath, ofStore: folder.path) }
            return unsafe LMDBStatus(rawValue: mdb_env_set_mapsize(pointer, bytes))
        }
        guard status == .success else {
            // LMDB has given the old map back by now, and would read through a null pointer.
            gate.shut()
            throw StorageError(status, "Growing the store's map to \(bytes) bytes")
        }
    }

    private static func check(_ status: Int32, _ doing: String) throws(StorageError) {
        let status = LMDBStatus(rawValue: status)
        guard status == .success else { throw StorageError(status, doing) }
    }

    /// Opens the trees, and checks that they are a store's.
    private func openTrees(writes: Bool, creates: Bool) throws(StorageError) {
        let doing = "Opening the store at \(folder.path)"
        let transaction: RawTransaction
        switch begin(writes: writes) {
        case .begun(let begun): transaction = begun
        case .refused(let status): throw StorageError(status, doing)
        }
        defer { transaction.abort() }
        let isNew = try transaction.mainTreeIsEmpty()
        if isNew, !(writes && creates) {
            throw StorageError(
                .noSuchStore,
                "The store at \(folder.path) was not finished when it was made; ingest something.")
        }
        if !isNew, let meta = try transaction.open("meta", creates: false) {
            // Before the other trees, which an older format may lack.
            transaction.databases.meta = meta
            try checkFormat(transaction)
        }
        for (name, tree) in Databases.all {
            guard let handle = try transaction.open(name, creates: isNew) else {
                throw StorageError(
                    .notAStore,
                    "\(folder.dataPath) belongs to another program; name another folder.")
            }
            databases[keyPath: tree] = handle
        }
        transaction.databases = databases
        if isNew {
            try transaction.put(
                databases.meta, MetaKey.format, MetaKey.currentFormat.bigEndianBytes)
            try transaction.putChecked(
                databases.meta, MetaKey.environment, PointID.uuid(identifier).encoded)
        } else {
            try readMeta(transaction)
        }
        // The handles of trees outlive only a transaction that commits, a reading one too.
        try transaction.commit()
    }

    /// The number of the format that a store is written in.
    ///
    /// It stands without a checksum, so that every version can read it.
    func format(_ transaction: RawTransaction) throws(StorageError) -> UInt32 {
        let format = try transaction.get(transaction.databases.meta, MetaKey.format) { value in
            value.byteCount == 4 ? value.integer(UInt32.self, at: 0) : 0
        }
        guard let format, format >= 1 else {
            throw StorageError(
                .notAStore, "\(folder.dataPath) belongs to another program; name another folder.")
        }
        return format
    }

    /// Checks the pages that LMDB will meet, before it does.
    private func checkStructure(_ file: DataFile, everything: Bool) throws(StorageError) {
        while true {
            switch begin(writes: false) {
            case .refused(.mapResized):
                try resizeMap(to: 0)
            case .refused(let status):
                throw StorageError(status, "Opening the store at \(folder.path)")
            case .begun(let transaction):
                defer { transaction.abort() }
                // Two commits may come between the beginning and the look at the meta pages.
                if try StructureCheck.check(
                    file, transaction: transaction.identifier, everything: everything)
                {
                    return
                }
            }
        }
    }

    /// Writes a copy of all that is reachable to an open file, from where it stands.
    ///
    /// - Parameter compacts: whether free pages are left out.
    /// - Throws: ``StorageError`` with `diskFull`, `closed` or `system`.
    func copy(to descriptor: Int32, compacts: Bool) throws(StorageError) {
        try gate.enter()
        defer { gate.leave() }
        let status = unsafe mdb_env_copyfd2(
            pointer, descriptor, compacts ? UInt32(MDB_CP_COMPACT) : 0)
        try checkMap()
        try Self.check(status, "Copying the store at \(folder.path)")
    }

    private func checkFormat(_ transaction: RawTransaction) throws(StorageError) {
        let format = try format(transaction)
        guard format == MetaKey.currentFormat else {
            throw StorageError(
                .unsupportedFormat,
                format > MetaKey.currentFormat
                    ? "The store at \(folder.path) has format \(format), but this version reads "
                        + "\(MetaKey.currentFormat); use the version that wrote it."
                    : "The store at \(folder.path) has format \(format), which this version brings to "
                        + "format \(MetaKey.currentFormat) when it is opened for writing; run "
                        + "'likeness compact' once.")
        }
    }

    private func readMeta(_ transaction: RawTransaction) throws(StorageError) {
        identifier = try readIdentifier(transaction)
    }

    private func readIdentifier(_ transaction: RawTransaction) throws(StorageError) -> UUID {
        let id = try transaction.getChecked(databases.meta, MetaKey.environment, "store's id") {
            PointID(encoded: $0)
        }
        guard case .uuid(let identifier)?? = id else {
            throw StorageError(
                .damagedStore,
                "The store at \(folder.path) has lost its id; restore it from a copy.")
        }
        return identifier
    }
}
