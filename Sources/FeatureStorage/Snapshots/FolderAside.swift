internal import Foundation
internal import Glibc

/// A folder that is filled beside its place, and takes it when it is whole and on disk.
///
/// Unless it was published, it is gone with the object. One that a killed process left is emptied by
/// the next.
final class FolderAside {
    let path: String
    private let place: String
    private let descriptor: Int32
    private var isPublished = false

    /// Makes the folder `place.restoring`.
    ///
    /// - Throws: ``StorageError`` with `writerExists` where another process fills it,
    ///   `networkFileSystem`, or `system`.
    init(of place: String) throws(StorageError) {
        var name = place
        while name.count > 1, name.hasSuffix("/") { name.removeLast() }
        self.place = name
        path = "\(name).restoring"
        try StoreFolder.makeFolder(path)
        descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw StorageError(LMDBStatus(rawValue: errno), "Opening \(path)")
        }
        // Between opening and locking, the folder may have been published.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, PublishedOutput.isAt(path, descriptor)
        else {
            // It is not ours to remove.
            isPublished = true
            throw StorageError(
                .writerExists, "Another process restores a store to \(place); wait until it ends.")
        }
        try StoreFolder.refuseNetwork(path)
        for item in Self.items(path) ?? [] {
            try? FileManager.default.removeItem(atPath: "\(path)/\(item)")
        }
    }

    deinit {
        if !isPublished { try? FileManager.default.removeItem(atPath: path) }
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Makes a folder inside.
    func makeFolder(_ name: String) throws(StorageError) {
        try StoreFolder.makeFolder("\(path)/\(name)")
    }

    /// Syncs the folder and gives it its name; what is in it is on disk already.
    ///
    /// - Throws: ``StorageError`` with `invalidParameter` where something has come to its place, or
    ///   `system`.
    func publish() throws(StorageError) {
        try StoreFolder.synchronize(path)
        // A folder takes the place of nothing, or of an empty folder; never of a store.
        guard unsafe rename(path, place) == 0 else {
            if errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR {
                throw StorageError(
                    .invalidParameter,
                    "Something has come to \(place) meanwhile; restore to another folder.")
            }
            throw StorageError(LMDBStatus(rawValue: errno), "Making the folder \(place)")
        }
        isPublished = true
        try StoreFolder.synchronize(StoreFolder.parent(of: place))
    }

    /// The names in a folder, or nil where it cannot be read.
    private static func items(_ path: String) -> [String]? {
        try? FileManager.default.contentsOfDirectory(atPath: path)
    }

    /// Whether a folder has nothing in it.
    static func isEmpty(_ path: String) -> Bool {
        items(path)?.isEmpty ?? false
    }
}
