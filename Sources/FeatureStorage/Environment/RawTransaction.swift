internal import CLMDB
internal import CLMDBGuard

/// An LMDB transaction: bytes by bytes, with statuses turned into errors.
///
/// It belongs to one thread at a time. Spans that it hands out end with the closure they are given to.
@safe
final class RawTransaction {
    var databases: Databases
    /// How many changes were tried.
    private(set) var changes = 0
    /// How many bytes were written.
    private(set) var bytesWritten = 0
    /// Whether a change failed because the map is full; the transaction must then be aborted.
    private(set) var isMapFull = false

    private let pointer: OpaquePointer
    private let writes: Bool
    private var isOpen = true
    /// Whether LMDB met a page that cannot be.
    private(set) var hasGivenUp = false

    init(_ pointer: OpaquePointer, writes: Bool, databases: Databases) {
        unsafe self.pointer = pointer
        self.writes = writes
        self.databases = databases
    }

    deinit {
        abort()
    }

    /// The number of the commit that is read, or that is being written.
    var identifier: UInt64 { unsafe UInt64(mdb_txn_id(pointer)) }

    /// Drops all changes; after a commit or an abort it does nothing.
    func abort() {
        guard isOpen else { return }
        isOpen = false
        // One that writes has what is gone in it then, and is left as it is.
        guard !(hasGivenUp && writes) else { return }
        unsafe mdb_txn_abort(pointer)
    }

    /// Writes all changes and returns when they are on disk.
    func commit() throws(StorageError) {
        guard isOpen else { return }
        try requireSound()
        isOpen = false
        try check(unsafe guarded_txn_commit(pointer), "Committing")
    }

    /// Whether no tree has been made yet.
    func mainTreeIsEmpty() throws(StorageError) -> Bool {
        var handle: MDB_dbi = 0
        try check(unsafe guarded_dbi_open(pointer, nil, 0, &handle), "Opening the store")
        var statistics = MDB_stat()
        try check(unsafe mdb_stat(pointer, handle, &statistics), "Opening the store")
        return statistics.ms_entries == 0
    }

    /// Opens a tree, or returns nil where there is none of this name.
    func open(_ name: String, creates: Bool) throws(StorageError) -> MDB_dbi? {
        var handle: MDB_dbi = 0
        let status = unsafe guarded_dbi_open(
            pointer, name, creates ? UInt32(MDB_CREATE) : 0, &handle)
        if status == MDB_NOTFOUND || status == MDB_INCOMPATIBLE { return nil }
        try check(status, "Opening the store")
        return handle
    }

    /// The value of a key, or nil where there is none; a change of the tree ends it.
    @_lifetime(borrow self)
    func value(_ tree: MDB_dbi, _ key: [UInt8]) throws(StorageError) -> RawSpan? {
        try requireSound()
        var value = unsafe MDB_val()
        let status = unsafe withValue(key) { unsafe guarded_get(pointer, tree, $0, &value) }
        if status == MDB_NOTFOUND {
            try confirmAbsence(tree, key)
            return nil
        }
        try check(status, "Reading the store")
        let span = unsafe RawSpan(_unsafeStart: value.mv_data, byteCount: value.mv_size)
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// Calls `body` with the value of a key, or returns nil where there is none.
    func get<R>(
        _ tree: MDB_dbi, _ key: [UInt8], _ body: (RawSpan) throws(StorageError) -> R
    ) throws(StorageError) -> R? {
        guard let span = try value(tree, key) else { return nil }
        return try body(span)
    }

    /// Whether a key has a value.
    func contains(_ tree: MDB_dbi, _ key: [UInt8]) throws(StorageError) -> Bool {
        try get(tree, key) { _ in true } ?? false
    }

    /// Sets the value of a key.
    func put(_ tree: MDB_dbi, _ key: [UInt8], _ value: [UInt8]) throws(StorageError) {
        unsafe try reserve(tree, key, value.count) { target in
            unsafe target.copyBytes(from: value)
        }
    }

    /// Makes room for the value of a key, which `fill` must fill.
    func reserve(
        _ tree: MDB_dbi, _ key: [UInt8], _ count: Int,
        _ fill: (UnsafeMutableRawBufferPointer) -> Void
    ) throws(StorageError) {
        try requireSound()
        changes += 1
        bytesWritten += key.count + count
        var value = unsafe MDB_val(mv_size: count, mv_data: nil)
        let status = unsafe withValue(key) {
            unsafe guarded_put(pointer, tree, $0, &value, UInt32(MDB_RESERVE))
        }
        try check(status, "Writing to the store")
        unsafe fill(UnsafeMutableRawBufferPointer(start: value.mv_data, count: count))
    }

    /// Removes a key; false where there was none.
    @discardableResult
    func delete(_ tree: MDB_dbi, _ key: [UInt8]) throws(StorageError) -> Bool {
        try requireSound()
        changes += 1
        let status = unsafe withValue(key) { unsafe guarded_del(pointer, tree, $0, nil) }
        if status == MDB_NOTFOUND { return false }
        try check(status, "Writing to the store")
        return true
    }

    /// Walks keys in order, from the first that is not before `start`, while they begin with `prefix`
    /// and `body` returns true.
    func scan(
        _ tree: MDB_dbi, from start: [UInt8], prefix: [UInt8],
        _ body: (_ key: RawSpan, _ value: RawSpan) throws(StorageError) -> Bool
    ) throws(StorageError) {
        let cursor = unsafe try openCursor(tree)
        defer { unsafe close(cursor) }
        var key = unsafe MDB_val()
        var value = unsafe MDB_val()
        var status = unsafe seek(cursor, start, &key, &value)
        var last = start
        var isFirst = true
        while status != MDB_NOTFOUND {
            try check(status, "Reading the store")
            let keySpan = unsafe RawSpan(_unsafeStart: key.mv_data, byteCount: key.mv_size)
            // Keys that do not grow would be a damaged page, and could lead around in a circle.
            guard isFirst ? !keySpan.precedes(last) : keySpan.follows(last) else {
                throw .damagedRecord("key")
            }
            isFirst = false
            keySpan.copy(to: &last)
            guard keySpan.hasPrefix(prefix) else { return }
            let valueSpan = unsafe RawSpan(_unsafeStart: value.mv_data, byteCount: value.mv_size)
            guard try body(keySpan, valueSpan) else { return }
            status = unsafe guarded_cursor_get(cursor, &key, &value, MDB_NEXT)
        }
    }

    /// Removes all keys that begin with `prefix`, as long as `body` returns true for them.
    func deleteAll(
        _ tree: MDB_dbi, prefix: [UInt8], while body: (RawSpan) -> Bool = { _ in true }
    ) throws(StorageError) {
        let cursor = unsafe try openCursor(tree)
        defer { unsafe close(cursor) }
        var key = unsafe MDB_val()
        var value = unsafe MDB_val()
        // LMDB 0.9 leaves a cursor behind a deletion where its next step is easily got wrong, so
        // the place is sought again for each; it is on pages that are in memory already.
        while true {
            let status = unsafe seek(cursor, prefix, &key, &value)
            if status == MDB_NOTFOUND { return }
            try check(status, "Writing to the store")
            let keySpan = unsafe RawSpan(_unsafeStart: key.mv_data, byteCount: key.mv_size)
            guard keySpan.hasPrefix(prefix), body(keySpan) else { return }
            changes += 1
            try check(unsafe guarded_cursor_del(cursor, 0), "Writing to the store")
        }
    }

    /// Makes sure that a key which was not found is not there.
    ///
    /// A key that has rotted is found under no name; but then it stands where the search ended. So
    /// the records before and behind that place must be what was written, and on the right sides.
    private func confirmAbsence(_ tree: MDB_dbi, _ wanted: [UInt8]) throws(StorageError) {
        guard tree != databases.meta || wanted != MetaKey.format else { return }
        let cursor = unsafe try openCursor(tree)
        defer { unsafe close(cursor) }
        var key = unsafe MDB_val()
        var value = unsafe MDB_val()
        var status = unsafe seek(cursor, wanted, &key, &value)
        let isBehind = status != MDB_NOTFOUND
        if isBehind {
            try check(status, "Reading the store")
            unsafe try confirm(tree, key, value) { $0.follows(wanted) }
            status = unsafe guarded_cursor_get(cursor, &key, &value, MDB_PREV)
        } else {
            status = unsafe guarded_cursor_get(cursor, &key, &value, MDB_LAST)
        }
        guard status != MDB_NOTFOUND else { return }
        try check(status, "Reading the store")
        unsafe try confirm(tree, key, value) { $0.precedes(wanted) }
    }

    /// Throws unless a record is what was written, under a key that `isRight` accepts.
    private func confirm(
        _ tree: MDB_dbi, _ key: MDB_val, _ value: MDB_val, _ isRight: (RawSpan) -> Bool
    ) throws(StorageError) {
        let key = unsafe RawSpan(_unsafeStart: key.mv_data, byteCount: key.mv_size)
        let value = unsafe RawSpan(_unsafeStart: value.mv_data, byteCount: value.mv_size)
        let isPlain = tree == databases.meta && key.equals(MetaKey.format)
        guard isRight(key), isPlain || Checksum.isRight(key: key, value) else {
            throw .damagedRecord("key")
        }
    }

    private func openCursor(_ tree: MDB_dbi) throws(StorageError) -> OpaquePointer {
        try requireSound()
        var opened: OpaquePointer?
        let status = unsafe mdb_cursor_open(pointer, tree, &opened)
        try check(status, "Reading the store")
        guard let cursor = unsafe opened else {
            throw StorageError(LMDBStatus(rawValue: status), "Reading the store")
        }
        return unsafe cursor
    }

    private func close(_ cursor: OpaquePointer) {
        guard !(hasGivenUp && writes) else { return }
        unsafe mdb_cursor_close(cursor)
    }

    private func seek(
        _ cursor: OpaquePointer, _ start: [UInt8], _ key: inout MDB_val, _ value: inout MDB_val
    ) -> Int32 {
        // LMDB takes no empty key; without one the walk begins at the beginning.
        guard !start.isEmpty else {
            return unsafe guarded_cursor_get(cursor, &key, &value, MDB_FIRST)
        }
        return unsafe start.withUnsafeBytes { bytes in
            unsafe key = MDB_val(
                mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            return unsafe guarded_cursor_get(cursor, &key, &value, MDB_SET_RANGE)
        }
    }

    private func withValue(
        _ bytes: [UInt8], _ body: (UnsafeMutablePointer<MDB_val>) -> Int32
    ) -> Int32 {
        unsafe bytes.withUnsafeBytes { bytes in
            // LMDB only reads keys; its signatures do not say so.
            var value = unsafe MDB_val(
                mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            return unsafe body(&value)
        }
    }

    /// Throws where LMDB has given up before: what it holds of the transaction may be gone.
    private func requireSound() throws(StorageError) {
        if hasGivenUp { throw StorageError(LMDBStatus.gaveUp, "Going on") }
    }

    private func check(_ status: Int32, _ doing: String) throws(StorageError) {
        guard status != MDB_SUCCESS else { return }
        if status == MDB_MAP_FULL { isMapFull = true }
        if status == GUARDED_GAVE_UP { hasGivenUp = true }
        throw StorageError(LMDBStatus(rawValue: status), doing)
    }
}
