internal import CLMDB
internal import Glibc

extension Environment {
    /// Makes an empty data file in a folder that has none.
    ///
    /// LMDB writes the first two pages in place, and syncs them with its first commit. So it is let do
    /// so in a folder of its own: whenever the process dies, the disk fails or the power is lost, either
    /// there is no data file, or there is a sound one.
    ///
    /// - Parameters:
    ///   - folder: the store's folder; its writer's lock is held.
    ///   - mapBytes: the size of the map.
    /// - Throws: ``StorageError`` with `diskFull` or `system`.
    static func makeDataFile(in folder: StoreFolder, mapBytes: Int) throws(StorageError) {
        let doing = "Making \(folder.dataPath)"
        let place = newFolder(folder)
        removeNewFolder(folder)
        do throws(StorageError) {
            guard unsafe mkdir(place, 0o700) == 0 else {
                throw StorageError(LMDBStatus(rawValue: errno), doing)
            }
            try writeEmpty(in: place, mapBytes: mapBytes, doing)
            guard unsafe rename("\(place)/data.mdb", folder.dataPath) == 0 else {
                throw StorageError(LMDBStatus(rawValue: errno), doing)
            }
        } catch {
            removeNewFolder(folder)
            throw error
        }
        removeNewFolder(folder)
        try folder.synchronize()
    }

    /// Removes what a process that was killed has left of a data file that it made.
    static func removeNewFolder(_ folder: StoreFolder) {
        let place = newFolder(folder)
        unsafe unlink("\(place)/data.mdb")
        unsafe rmdir(place)
    }

    private static func newFolder(_ folder: StoreFolder) -> String { "\(folder.path)/new" }

    private static func writeEmpty(
        in place: String, mapBytes: Int, _ doing: String
    ) throws(StorageError) {
        var created: OpaquePointer?
        var status = unsafe mdb_env_create(&created)
        guard let environment = unsafe created else {
            throw StorageError(LMDBStatus(rawValue: status), doing)
        }
        defer { unsafe mdb_env_close(environment) }
        // The lock on the store's folder is enough, for nobody else opens this one.
        status = unsafe mdb_env_set_mapsize(environment, mapBytes)
        if status == 0 {
            status = unsafe mdb_env_open(environment, place, UInt32(MDB_NOLOCK), 0o600)
        }
        if status == 0 { status = unsafe mdb_env_sync(environment, 1) }
        guard status == 0 else { throw StorageError(LMDBStatus(rawValue: status), doing) }
    }
}
