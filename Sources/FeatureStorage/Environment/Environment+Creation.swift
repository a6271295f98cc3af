internal import CLMDB
internal import Glibc

extension Environment {
    /// Makes an empty data file in a folder that has none.
    ///
    /// LMDB writes the first two pages in place, and syncs them with its first commit. So it is let do
    /// so under another name: whenever the process dies, the disk fails or the power is lost, either
    /// there is no data file, or there is a sound one.
    ///
    /// - Parameters:
    ///   - folder: the store's folder; its writer's lock is held.
    ///   - mapBytes: the size of the map.
    /// - Throws: ``StorageError`` with `diskFull` or `system`.
    static func makeDataFile(in folder: StoreFolder, mapBytes: Int) throws(StorageError) {
        let doing = "Making \(folder.dataPath)"
        let path = "\(folder.dataPath).new"
        guard unsafe unlink(path) == 0 || errno == ENOENT else {
            throw StorageError(LMDBStatus(rawValue: errno), doing)
        }
        do throws(StorageError) {
            try writeEmpty(at: path, mapBytes: mapBytes, doing)
            guard unsafe rename(path, folder.dataPath) == 0 else {
                throw StorageError(LMDBStatus(rawValue: errno), doing)
            }
        } catch {
            unsafe unlink(path)
            throw error
        }
        try folder.synchronize()
    }

    private static func writeEmpty(
        at path: String, mapBytes: Int, _ doing: String
    ) throws(StorageError) {
        var created: OpaquePointer?
        var status = unsafe mdb_env_create(&created)
        guard let environment = unsafe created else {
            throw StorageError(LMDBStatus(rawValue: status), doing)
        }
        defer { unsafe mdb_env_close(environment) }
        // The lock on the folder is enough, for nobody knows the file by this name.
        let flags = UInt32(MDB_NOSUBDIR | MDB_NOLOCK)
        status = unsafe mdb_env_set_mapsize(environment, mapBytes)
        if status == 0 { status = unsafe mdb_env_open(environment, path, flags, 0o600) }
        if status == 0 { status = unsafe mdb_env_sync(environment, 1) }
        guard status == 0 else { throw StorageError(LMDBStatus(rawValue: status), doing) }
    }
}
