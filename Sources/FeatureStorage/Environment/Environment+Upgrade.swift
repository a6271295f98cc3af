internal import CLMDB

extension Environment {
    /// Brings a store of an older format to the present one, in one transaction; does nothing to one
    /// that has it, or that is not a store.
    ///
    /// | format | what it brought |
    /// |---|---|
    /// | 1 | checksums of vectors and payloads |
    /// | 2 | checksums of every record |
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
                    if try addChecksums(transaction) { try transaction.commit() }
                    return
                } catch {
                    guard transaction.isMapFull || error.code == .mapFull else { throw error }
                }
            }
            try resizeMap(to: 2 * mapBytes)
        }
    }

    /// Gives every record its checksum that format 1 keeps without one; false where there is nothing
    /// to do.
    private func addChecksums(_ transaction: RawTransaction) throws(StorageError) -> Bool {
        guard try !transaction.mainTreeIsEmpty() else { return false }
        for (name, tree) in Databases.all {
            // What is missing is said when the trees are opened.
            guard let handle = try transaction.open(name, creates: false) else { return false }
            transaction.databases[keyPath: tree] = handle
        }
        let trees = transaction.databases
        guard try format(transaction) == 1 else { return false }
        for tree in [
            trees.meta, trees.collections, trees.fields, trees.counters, trees.ids, trees.points,
            trees.log, trees.indexes,
        ] {
            try seal(tree, transaction)
        }
        try transaction.put(trees.meta, MetaKey.format, UInt32(2).bigEndianBytes)
        return true
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
