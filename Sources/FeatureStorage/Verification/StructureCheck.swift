/// The look at a data file that comes before LMDB's.
enum StructureCheck {
    /// So many pages, 256 MiB of them, are looked at before a store is read; a larger store's largest
    /// trees are then only looked at before it is written to, and by `verify`.
    static let readerPages: UInt64 = 1 << 16

    /// Checks the two meta pages, from which LMDB takes the length of its map and its trees.
    ///
    /// - Returns: the file, or nil where it is absent or empty and may be.
    /// - Throws: ``StorageError`` with `noSuchStore`, `notAStore`, `damagedStore` or `system`.
    static func open(path: String, mayBeEmpty: Bool) throws(StorageError) -> DataFile? {
        let file: DataFile
        do {
            file = try DataFile(path: path)
        } catch {
            if error.code == .noSuchStore, mayBeEmpty { return nil }
            throw error
        }
        if mayBeEmpty, try file.length() == 0 { return nil }
        _ = try metas(file)
        return file
    }

    /// The meta pages, the newer one last.
    ///
    /// - Throws: ``StorageError`` with `notAStore`, `damagedStore` or `system`.
    static func metas(
        _ file: DataFile
    ) throws(StorageError) -> (older: MetaPage, newer: MetaPage) {
        var damage: StorageError?
        // Where another process commits meanwhile, the pages may be of two moments.
        for _ in 0..<1000 {
            guard let (first, second) = try MetaPage.pair(in: file) else {
                throw StorageError(
                    .notAStore,
                    "\(file.path) is not the data file of a store, or its beginning is damaged; "
                        + "name another folder, or restore a snapshot.")
            }
            guard MetaPage.follow(first, second) else {
                damage = StorageError(
                    .damagedStore,
                    "The beginning of \(file.path) is damaged: its two meta pages are not of commits "
                        + "that follow each other; restore a snapshot.")
                continue
            }
            let isSecond = second.transaction > first.transaction
            let (older, newer) = isSecond ? (first, second) : (second, first)
            guard
                newer.main.root != nil || older.main.root == nil
                    || MetaPage.isOfFailedFirstCommit(first, second)
            else {
                throw StorageError(
                    .damagedStore,
                    "The beginning of \(file.path) is damaged: it says that the store is empty, "
                        + "and that it was not; restore a snapshot.")
            }
            guard newer.lastPage < UInt64(Int.max / newer.pageSize) else {
                throw StorageError(
                    .damagedStore,
                    "\(file.path) claims impossibly many pages; restore a snapshot.")
            }
            return (older, newer)
        }
        throw damage ?? StorageError(.damagedStore, "\(file.path) is damaged; restore a snapshot.")
    }

    /// Checks the trees that a transaction sees.
    ///
    /// - Parameters:
    ///   - file: the data file.
    ///   - transaction: the commit that is seen; a transaction of LMDB holds its pages.
    ///   - everything: whether no tree is too large to be looked at.
    /// - Returns: false where the commit's meta page has been written over since.
    /// - Throws: ``StorageError`` with `damagedStore` naming the first fault, `notAStore` or `system`.
    static func check(
        _ file: DataFile, transaction: UInt64, everything: Bool
    ) throws(StorageError) -> Bool {
        let (older, newer) = try metas(file)
        // Before the first commit, and where it failed, both are of transaction 0; LMDB takes the first.
        guard let meta = [newer, older].first(where: { $0.transaction == transaction }) else {
            return false
        }
        let walk = try StructureWalk(file, meta)
        let isCut = meta.lastPage >= UInt64(try file.length() / meta.pageSize)
        try walk.walkFreePages()
        var left = readerPages
        let trees = try namedTrees(walk)
        let known = Set(Databases.all.map(\.name))
        guard
            trees.isEmpty && !walk.hasForeignRecords
                || trees.contains(where: { known.contains($0.name) })
        else {
            throw StorageError(
                .notAStore, "\(file.path) belongs to another program; name another folder.")
        }
        for (name, record) in trees {
            let (pages, overflows) = record.leafPages.addingReportingOverflow(record.branchPages)
            guard everything || isCut || overflows || pages <= left else { continue }
            left -= min(left, pages)
            if record.flags != 0 { walk.fault("The tree “\(name)” has a kind that no store has.") }
            try walk.walk(record, named: name)
        }
        walk.checkThatFreePagesAreFree()
        if let fault = walk.faults.first {
            throw StorageError(
                .damagedStore,
                "The store's data file \(file.path) is damaged: \(fault) Restore a snapshot, or "
                    + "see what else is wrong with 'likeness verify'.")
        }
        return true
    }

    /// The named trees by their records in the main tree, the largest last.
    static func namedTrees(
        _ walk: StructureWalk
    ) throws(StorageError) -> [(name: String, record: TreeRecord)] {
        var trees: [(name: String, record: TreeRecord)] = []
        try walk.walk(walk.meta.main, named: StructureWalk.mainName) { key, value in
            let name = String(decoding: key.array(), as: UTF8.self)
            guard value.byteCount == TreeRecord.byteCount else {
                return walk.fault("The description of the tree “\(name)” has another length.")
            }
            trees.append((name, TreeRecord(value, at: 0)))
        }
        return trees.sorted { ($0.record.leafPages, $0.name) < ($1.record.leafPages, $1.name) }
    }
}
