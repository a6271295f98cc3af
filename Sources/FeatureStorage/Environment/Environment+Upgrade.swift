internal import CLMDB

extension Environment {
    /// Brings a store of an older format to the present one, in one transaction; does nothing to one
    /// that has it, or that is not a store.
    ///
    /// | format | what it brought |
    /// |---|---|
    /// | 1 | checksums of vectors and payloads |
    /// | 2 | checksums of every record |
    /// | 3 | payload indexes |
    ///
    /// - Throws: ``StorageError`` with `diskFull`, `damagedStore` or `system`; then the store is as
    ///   it was.
    func upgrade() throws(StorageError) {
        while true {
            let doing = "Bringing the store at \(folder.path) to a new format"
            switch begin(writes: true) {
            case .refused(let status): throw StorageError(status, doing)
            case .begun(let transaction):
                do throws(StorageError) {
                    defer { transaction.abort() }
                    if try upgrade(transaction) { try transaction.commit() }
                    return
                } catch {
                    guard transaction.isMapFull || error.code == .mapFull else { throw error }
                }
            }
            try resizeMap(to: 2 * mapBytes)
        }
    }

    /// Brings a store to the present format; false where there is nothing to do.
    private func upgrade(_ transaction: RawTransaction) throws(StorageError) -> Bool {
        guard try !transaction.mainTreeIsEmpty() else { return false }
        for (name, tree) in Databases.all where !Databases.sinceFormat3.contains(name) {
            // What is missing is said when the trees are opened.
            guard let handle = try transaction.open(name, creates: false) else { return false }
            transaction.databases[keyPath: tree] = handle
        }
        let format = try format(transaction)
        guard format == 1 || format == 2 else { return false }
        if format == 1 { try addChecksums(transaction) }
        for (name, tree) in Databases.all where Databases.sinceFormat3.contains(name) {
            guard let handle = try transaction.open(name, creates: true) else {
                throw StorageError(
                    .notAStore,
                    "\(folder.dataPath) belongs to another program; name another folder.")
            }
            transaction.databases[keyPath: tree] = handle
        }
        try transaction.put(
            transaction.databases.meta, MetaKey.format, MetaKey.currentFormat.bigEndianBytes)
        return true
    }

    /// Gives every record its checksum that format 1 keeps without one.
    private func addChecksums(_ transaction: RawTransaction) throws(StorageError) {
        let trees = transaction.databases
        for tree in [
            trees.meta, trees.collections, trees.fields, trees.counters, trees.ids, trees.points,
            trees.log, trees.indexes,
        ] {
            try seal(tree, transaction)
        }
    }

    /// Puts a checksum before every value of a tree.
    ///
    /// Records are taken a thousand at a time, since a change ends what a cursor has handed out.
    private func seal(_ tree: MDB_dbi, _ transaction: RawTransaction) throws(StorageError) {
        var last: [UInt8] = []
        while true {
            var batch: [(key: [UInt8], value: [UInt8])] = []
            let start = last
            try transaction.scan(tree, from: start, prefix: []) { key, value in
                if !key.equals(start) { batch.append((key.array(), value.array())) }
                return batch.count < 1000
            }
            guard let end = batch.last else { return }
            for (key, value) in batch
            where tree != transaction.databases.meta || key != MetaKey.format {
                try transaction.putChecked(tree, key, value)
            }
            last = end.key
        }
    }
}
