import FeatureStorage
import Foundation
import Testing

/// Whoever removes lock files makes room for a second writer; the first must notice.
@Suite struct LockFileTests {
    private func remove(_ name: String, of folder: TemporaryFolder) throws {
        try FileManager.default.removeItem(atPath: "\(folder.store)/\(name)")
    }

    private func count(_ store: FeatureStore) throws(StorageError) -> Int {
        try store.read { transaction throws(StorageError) in try transaction.collections().count }
    }

    @Test(arguments: ["writer.lock", "lock.mdb"], [true, false])
    func aWriterWithoutItsLocksWritesNothing(file: String, isReplaced: Bool) throws {
        let folder = try TemporaryFolder()
        let store = try FeatureStore(path: folder.store, mode: .readWrite, create: true)
        try store.write { transaction throws(StorageError) in
            _ = try transaction.createCollection(named: "a")
        }
        try remove(file, of: folder)
        if isReplaced {
            // Of another inode, while the first is open.
            try Data(count: 8192).write(to: URL(fileURLWithPath: "\(folder.store)/\(file)"))
        }
        let failure = code { () throws(StorageError) in
            try store.write { transaction throws(StorageError) in
                _ = try transaction.createCollection(named: "b")
            }
        }
        #expect(failure == .replaced)
        store.close()
        if isReplaced { try remove(file, of: folder) }
        let again = try FeatureStore(path: folder.store, mode: .readWrite)
        defer { again.close() }
        #expect(try count(again) == 1)
        try again.write { transaction throws(StorageError) in
            _ = try transaction.createCollection(named: "b")
        }
        #expect(try count(again) == 2)
    }

    @Test func aReaderThatWritersDoNotSeeReadsNothing() throws {
        let folder = try TemporaryFolder()
        try FeatureStore(path: folder.store, mode: .readWrite, create: true).close()
        let store = try FeatureStore(path: folder.store, mode: .readOnly)
        defer { store.close() }
        #expect(try count(store) == 0)
        try remove("lock.mdb", of: folder)
        let failure = code { () throws(StorageError) in _ = try count(store) }
        #expect(failure == .replaced)
    }
}
