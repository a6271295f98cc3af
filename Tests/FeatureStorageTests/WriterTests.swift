import FeatureStorage
import Foundation
import Synchronization
import TestSupport
import Testing
import VectorCore

@Suite struct WriterTests {
    /// Threads write at once; some closures throw before they change anything, some after.
    @Test func commitsWhatItAcknowledges() throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder)
        let (store, collection) = (small.store, small.collection)
        let acknowledged = Mutex<Set<UInt64>>([])
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for step in 0..<60 {
                let id = UInt64(thread * 1000 + step)
                let point = Point(
                    id: .number(id), vectors: ["v": .f32([Float](repeating: Float(id), count: 4))])
                let wrong = Point(id: .number(id), vectors: ["v": .f32([1])])
                do throws(StorageError) {
                    try store.write { transaction throws(StorageError) in
                        if step % 5 == 1 { try transaction.upsert(wrong, into: collection) }
                        try transaction.upsert(point, into: collection)
                        if step % 5 == 2 { try transaction.upsert(wrong, into: collection) }
                    }
                    acknowledged.withLock { _ = $0.insert(id) }
                } catch {
                    #expect(error.code == .dimensionMismatch)
                }
            }
        }
        store.close()
        let expected = acknowledged.withLock { $0 }
        #expect(expected.count == 8 * 60 * 3 / 5)
        let again = try FeatureStore(path: folder.store, mode: .readOnly)
        try again.read { transaction throws(StorageError) in
            var found: Set<UInt64> = []
            try transaction.forEachPoint(of: collection) { id, number throws(StorageError) in
                guard case .number(let id) = id else { return false }
                found.insert(id)
                let vector = try transaction.vector(of: number, small.field)
                #expect(vector == .f32([Float](repeating: Float(id), count: 4)))
                return true
            }
            #expect(found == expected)
            #expect(try transaction.pointCount(of: collection) == expected.count)
            #expect(try transaction.vectorCount(of: small.field) == expected.count)
            #expect(
                try transaction.changes(after: 0).map(\.sequence)
                    == Array(1...UInt64(expected.count)))
        }
    }

    @Test func growsTheMapUnderReaders() throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder, dimension: 1000, initialMapBytes: 1 << 16)
        let store = small.store
        let before = try store.mapBytes()
        let isDone = Atomic(false)
        DispatchQueue.concurrentPerform(iterations: 3) { thread in
            if thread == 0 {
                for id in 0..<2000 as Range<UInt64> {
                    #expect(throws: Never.self) { try small.upsert(id, Float(id)) }
                }
                isDone.store(true, ordering: .releasing)
                return
            }
            while !isDone.load(ordering: .acquiring) {
                #expect(throws: Never.self) {
                    try store.read { transaction throws(StorageError) in
                        var count = 0
                        try transaction.forEachVector(of: small.field) { _ throws(StorageError) in
                            count += 1
                            return true
                        }
                        #expect(try transaction.vectorCount(of: small.field) == count)
                    }
                }
            }
        }
        #expect(try store.mapBytes() > before)
        let count = try store.read { transaction throws(StorageError) in
            try transaction.pointCount(of: small.collection)
        }
        #expect(count == 2000)
    }

    @Test func refusesNestedTransactions() throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder)
        let store = small.store
        try store.read { _ throws(StorageError) in
            let read = code { () throws(StorageError) in
                _ = try store.read { t throws(StorageError) in try t.headSequence() }
            }
            #expect(read == .nestedTransaction)
            let write = code { () throws(StorageError) in
                _ = try store.write { t throws(StorageError) in try t.reader.headSequence() }
            }
            #expect(write == .nestedTransaction)
        }
        let inside = try store.write { _ throws(StorageError) in
            [
                code { () throws(StorageError) in
                    _ = try store.read { t throws(StorageError) in try t.headSequence() }
                },
                code { () throws(StorageError) in
                    _ = try store.write { t throws(StorageError) in try t.reader.headSequence() }
                },
            ]
        }
        #expect(inside == [.nestedTransaction, .nestedTransaction])
        try small.upsert(1, 1)
    }

    @Test func refusesToWriteWhereItMayNot() throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder)
        try small.upsert(1, 1)
        small.store.close()
        small.store.close()
        #expect(code { () throws(StorageError) in try small.upsert(2, 2) } == .closed)
        let read = code { () throws(StorageError) in
            _ = try small.store.read { t throws(StorageError) in try t.headSequence() }
        }
        #expect(read == .closed)
        let reader = try FeatureStore(path: folder.store, mode: .readOnly)
        let write = code { () throws(StorageError) in
            _ = try reader.write { t throws(StorageError) in try t.deleteCollection(named: "c") }
        }
        #expect(write == .readOnly)
        let create = code { () throws(StorageError) in
            _ = try FeatureStore(path: "\(folder.path)/new", mode: .readOnly, create: true)
        }
        #expect(create == .invalidParameter)
    }

    @Test func seesItsOwnChangesAndNobodyElseDoes() throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder)
        let (store, collection) = (small.store, small.collection)
        let counted = code { () throws(StorageError) in
            try store.write { transaction throws(StorageError) in
                try transaction.upsert(Point(id: .number(1)), into: collection)
                #expect(try transaction.reader.pointCount(of: collection) == 1)
                throw StorageError(.invalidParameter, "Enough.")
            }
        }
        #expect(counted == .invalidParameter)
        let count = try store.read { t throws(StorageError) in try t.pointCount(of: collection) }
        #expect(count == 0)
        #expect(try small.upsert(2, 2).rawValue == 0)
    }
}
