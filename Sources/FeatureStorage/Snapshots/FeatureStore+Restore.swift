internal import Glibc

extension FeatureStore {
    /// Reads every byte, page and record of a snapshot and says what is wrong.
    ///
    /// - Throws: ``StorageError`` with `noSuchStore`, `notAStore`, `unsupportedFormat` or `system`
    ///   where there is nothing to look at.
    /// - Complexity: O(bytes)
    public static func verify(snapshot path: String) throws(StorageError) -> StoreVerification {
        let snapshot: SnapshotFile
        do {
            snapshot = try SnapshotFile(path: path)
        } catch {
            guard error.code == .damagedStore else { throw error }
            var verification = StoreVerification()
            verification.faults = [error.message]
            return verification
        }
        return try snapshot.verification()
    }

    /// Makes a store from a snapshot, once every byte, page and record of it was found right.
    ///
    /// The store is the one that the snapshot was made of: it has the same id, so that the index files
    /// in the snapshot are its own.
    ///
    /// - Parameters:
    ///   - path: the snapshot.
    ///   - folder: where the store is to be; nothing must be there, or an empty folder.
    ///     `folder.restoring` stands beside it meanwhile.
    /// - Throws: ``StorageError`` with `invalidParameter` where something is in the folder,
    ///   `noSuchStore` where there is no snapshot, `notAStore`, `damagedStore`,
    ///   `unsupportedFormat`, `networkFileSystem`, `writerExists` where another process restores to
    ///   the same folder, `diskFull` or `system`; then the folder is as it was.
    /// - Complexity: O(bytes)
    public static func restore(
        snapshot path: String, to folder: String
    ) throws(StorageError) -> SnapshotReport {
        let snapshot = try SnapshotFile(path: path)
        try refuseOccupied(folder)
        let verification = try snapshot.verification()
        if let fault = verification.faults.first {
            throw StorageError(
                .damagedStore, "The snapshot \(path) is damaged: \(fault) Use another one.")
        }
        let aside = try FolderAside(of: folder)
        let data = "\(aside.path)/data.mdb"
        try copy(snapshot.sections[0], of: snapshot, to: data)
        let named = Set(verification.indexes.map(\.entry.file))
        var files: [String] = []
        for section in snapshot.sections.dropFirst() where named.contains(section.name) {
            if files.isEmpty { try aside.makeFolder("indexes") }
            try copy(section, of: snapshot, to: "\(aside.path)/indexes/\(section.name)")
            files.append(section.name)
        }
        if !files.isEmpty { try StoreFolder.synchronize("\(aside.path)/indexes") }
        try aside.publish()
        return SnapshotReport(
            path: path, byteCount: snapshot.byteCount, identifier: snapshot.identifier,
            sequence: snapshot.sequence, counts: snapshot.counts, indexFiles: files,
            leftOut: named.subtracting(files).sorted().map {
                "The snapshot does not have the index file \($0); build the index again."
            })
    }

    private static func copy(
        _ section: SnapshotFile.Section, of snapshot: SnapshotFile, to path: String
    ) throws(StorageError) {
        let output = try PublishedOutput(path: path, isOfStore: true)
        try snapshot.read(section) { bytes throws(StorageError) in try output.write(bytes) }
        try output.publish(replacing: true)
    }

    /// Throws unless there is nothing at a path, or an empty folder.
    private static func refuseOccupied(_ folder: String) throws(StorageError) {
        var info = stat()
        guard unsafe stat(folder, &info) == 0 else { return }
        if info.st_mode & S_IFMT == S_IFDIR, FolderAside.isEmpty(folder) { return }
        throw StorageError(
            .invalidParameter,
            unsafe access("\(folder)/data.mdb", F_OK) == 0
                ? "There is a store at \(folder) already; move it away first, or restore to another "
                    + "folder with --store."
                : "There is something else at \(folder) already; restore to another folder with "
                    + "--store.")
    }
}

extension SnapshotFile {
    /// What a look at everything in it gives.
    func verification() throws(StorageError) -> StoreVerification {
        var verification = StoreVerification()
        do {
            try checkBytes()
            let file = try dataFile()
            verification = try FeatureStore.verify(file, try StructureCheck.metas(file).newer)
        } catch {
            guard [.damagedStore, .notAStore].contains(error.code) else { throw error }
            verification.faults.append(error.message)
            return verification
        }
        if verification.format != format || verification.identifier != identifier
            || verification.sequence != sequence
            || verification.collectionCount != counts.collections
            || verification.pointCount != counts.points
            || verification.vectorCount != counts.vectors
        {
            verification.faults.append(
                "The header of the snapshot \(path) and its data file are not of one store.")
        }
        let file = try wholeFile()
        for index in verification.indexes {
            // An index that was left out is built again; one that is there must be the right one.
            guard let section = sections.first(where: { $0.name == index.entry.file }) else {
                continue
            }
            let page = try file.bytes(at: section.offset, count: 4096)
            guard let page, section.length == Int(clamping: index.entry.bytes),
                page.rawSpan.little(UInt32.self, at: 4092) == index.entry.checksum
            else {
                verification.faults.append(
                    "The index file \(section.name) in the snapshot \(path) is not the one that "
                        + "the catalogue names.")
                continue
            }
        }
        verification.byteCount = byteCount
        return verification
    }
}
