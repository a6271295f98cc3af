internal import Glibc

/// What compacting a store gave.
public struct CompactionReport: Sendable {
    /// How long the data file was, in bytes.
    public let bytesBefore: Int
    /// How long it is now.
    public let bytesAfter: Int
    /// How many entries of the change log no index needed any longer.
    public let changesTrimmed: UInt64
}

extension FeatureStore {
    /// Trims the change log below the oldest index, and writes the data file anew without free pages.
    ///
    /// Others may read meanwhile, and go on reading the old file. The new one is verified before it
    /// takes the old one's place. A store of an older format is brought to the present one.
    ///
    /// - Parameter path: the store's folder; this process must not have it open.
    /// - Throws: ``StorageError`` as opening for writing does, and with `damagedStore`, `diskFull` or
    ///   `system`; then the old file is in place.
    /// - Complexity: O(bytes)
    public static func compact(path: String) throws(StorageError) -> CompactionReport {
        let store = try FeatureStore(path: path, mode: .readWrite)
        defer { store.close() }
        let dataPath = "\(path)/data.mdb"
        let before = try DataFile(path: dataPath).length()
        let trimmed = try store.trimLog()
        let output = try PublishedOutput(path: dataPath, isOfStore: true)
        try store.copyPages(to: output.descriptor)
        try output.synchronize()
        let after = try output.length()
        let copy = try DataFile(path: output.temporaryPath)
        let verification = try verify(copy, try StructureCheck.metas(copy).newer)
        if let fault = verification.faults.first {
            throw StorageError(
                .damagedStore,
                "The store at \(path) is damaged, so it is not compacted: \(fault) See all with "
                    + "'likeness verify', and restore a snapshot.")
        }
        try store.replaceData(by: output.temporaryPath)
        return CompactionReport(bytesBefore: before, bytesAfter: after, changesTrimmed: trimmed)
    }

    /// Removes the entries of the log that come before the oldest index; returns how many.
    private func trimLog() throws(StorageError) -> UInt64 {
        try write { transaction throws(StorageError) in
            let head = try transaction.reader.headSequence()
            let oldest = try transaction.reader.oldestIndexSequence() ?? head
            let before = try transaction.reader.metaNumber(MetaKey.trimmed)
            try transaction.trimLog(through: oldest)
            return max(oldest, before) - before
        }
    }
}

extension ReadTransaction {
    /// The change that the oldest index of all collections was built at, or nil where there is none.
    ///
    /// - Throws: ``StorageError`` where the store cannot be read.
    func oldestIndexSequence() throws(StorageError) -> UInt64? {
        var oldest: UInt64?
        for collection in try collections() {
            for field in try fields(of: collection) {
                for entry in try indexes(of: field) {
                    oldest = min(oldest ?? .max, entry.sequence)
                }
            }
        }
        return oldest
    }
}
