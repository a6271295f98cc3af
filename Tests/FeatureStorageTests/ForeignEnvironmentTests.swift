import CLMDB
import FeatureStorage
import Foundation
import PayloadFilter
import Testing

/// Files that LMDB accepts and that are no store of this version all the same.
@Suite struct ForeignEnvironmentTests {
    @Test func finishesAStoreThatWasNotFinished() throws {
        let folder = try TemporaryFolder()
        unsafe try change(folder) { _ in MDB_SUCCESS }
        #expect(refusal(folder, create: false) == .noSuchStore)
        #expect(refusal(folder, create: true) == nil)
        #expect(refusal(folder, create: false) == nil)
    }

    @Test func leavesOtherProgramsAlone() throws {
        for name in [nil, "other", "meta"] as [String?] {
            let folder = try TemporaryFolder()
            unsafe try change(folder) { transaction in
                unsafe put(transaction, name, "format", [9, 9])
            }
            #expect(refusal(folder, create: false) == .notAStore, "\(name ?? "the main tree")")
            #expect(refusal(folder, create: true) == .notAStore, "\(name ?? "the main tree")")
        }
    }

    @Test func refusesALaterFormat() throws {
        let folder = try TemporaryFolder()
        #expect(refusal(folder, create: true) == nil)
        unsafe try change(folder) { transaction in
            unsafe put(transaction, "meta", "format", [0, 0, 0, 4])
        }
        #expect(refusal(folder, create: false) == .unsupportedFormat)
        // The refused store must have been let go of.
        #expect(refusal(folder, create: true) == .unsupportedFormat)
        unsafe try change(folder) { transaction in
            unsafe put(transaction, "meta", "format", [0, 0, 0, 3])
        }
        #expect(refusal(folder, create: false) == nil)
    }

    /// A record of a payload index that is gone leaves no damaged page, and is found all the same.
    @Test func verifyFindsAPayloadIndexThatDoesNotFit() throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder, dimension: 1)
        let path = try FieldPath("value")
        try small.store.write { transaction throws(StorageError) in
            _ = try transaction.createPayloadIndex(on: path, type: .float, of: small.collection)
        }
        for id: UInt64 in 0..<5 { try small.upsert(id, Float(id)) }
        small.store.close()
        #expect(try FeatureStore.verify(path: folder.store).faults == [])
        unsafe try change(folder) { transaction in
            var handle: MDB_dbi = 0
            var cursor: OpaquePointer?
            var (key, value) = unsafe (MDB_val(), MDB_val())
            var status = unsafe mdb_dbi_open(transaction, "payloadValues", 0, &handle)
            if status == MDB_SUCCESS {
                status = unsafe mdb_cursor_open(transaction, handle, &cursor)
            }
            defer { unsafe mdb_cursor_close(cursor) }
            if status == MDB_SUCCESS {
                status = unsafe mdb_cursor_get(cursor, &key, &value, MDB_FIRST)
            }
            return status == MDB_SUCCESS ? unsafe mdb_cursor_del(cursor, 0) : status
        }
        let faults = try FeatureStore.verify(path: folder.store).faults
        #expect(faults.count == 1)
        #expect(faults.first?.contains("“value”") == true)
        #expect(faults.first?.contains("does not fit the payloads") == true)
    }

    private func refusal(_ folder: TemporaryFolder, create: Bool) -> StorageError.Code? {
        code { () throws(StorageError) in
            try FeatureStore(path: folder.store, mode: .readWrite, create: create).close()
        }
    }

    private func change(
        _ folder: TemporaryFolder, _ body: (OpaquePointer) -> Int32
    ) throws {
        try FileManager.default.createDirectory(
            atPath: folder.store, withIntermediateDirectories: true)
        var environment: OpaquePointer?
        #expect(unsafe mdb_env_create(&environment) == MDB_SUCCESS)
        defer { unsafe mdb_env_close(environment) }
        #expect(unsafe mdb_env_set_maxdbs(environment, 32) == MDB_SUCCESS)
        #expect(unsafe mdb_env_open(environment, folder.store, 0, 0o600) == MDB_SUCCESS)
        var transaction: OpaquePointer?
        #expect(unsafe mdb_txn_begin(environment, nil, 0, &transaction) == MDB_SUCCESS)
        let begun = unsafe try #require(transaction)
        #expect(unsafe body(begun) == MDB_SUCCESS)
        #expect(unsafe mdb_txn_commit(begun) == MDB_SUCCESS)
    }

    private func put(
        _ transaction: OpaquePointer, _ tree: String?, _ key: String, _ value: [UInt8]
    ) -> Int32 {
        var handle: MDB_dbi = 0
        let status = unsafe mdb_dbi_open(
            transaction, tree, tree == nil ? 0 : UInt32(MDB_CREATE), &handle)
        guard status == MDB_SUCCESS else { return status }
        var (key, value) = (Array(key.utf8), value)
        return unsafe key.withUnsafeMutableBytes { keyBytes in
            unsafe value.withUnsafeMutableBytes { valueBytes in
                var keyValue = unsafe MDB_val(
                    mv_size: keyBytes.count, mv_data: keyBytes.baseAddress)
                var dataValue = unsafe MDB_val(
                    mv_size: valueBytes.count, mv_data: valueBytes.baseAddress)
                return unsafe mdb_put(transaction, handle, &keyValue, &dataValue, 0)
            }
        }
    }
}
