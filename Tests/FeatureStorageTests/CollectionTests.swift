import FeatureStorage
import Testing
import VectorCore

@Suite struct CollectionTests {
    @Test(arguments: ["", ".", "..", "a/b", "a b", "é", "a\0", String(repeating: "a", count: 256)])
    func refusesNames(name: String) throws {
        let folder = try TemporaryFolder()
        let store = try FeatureStore(path: folder.store, mode: .readWrite, create: true)
        let refusal = code { () throws(StorageError) in
            _ = try store.write { transaction throws(StorageError) in
                try transaction.createCollection(named: name)
            }
        }
        #expect(refusal == .invalidName)
        #expect(try store.read { t throws(StorageError) in try t.collection(named: name) } == nil)
    }

    @Test(arguments: ["a", "...", "A-z_0.9", String(repeating: "a", count: 255)])
    func takesNames(name: String) throws {
        let folder = try TemporaryFolder()
        let store = try FeatureStore(path: folder.store, mode: .readWrite, create: true)
        let made = try store.write { transaction throws(StorageError) in
            try transaction.createCollection(named: name)
        }
        #expect(try store.read { t throws(StorageError) in try t.collection(named: name) } == made)
    }

    @Test func makesAndDeletes() throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder)
        let (store, collection, field) = (small.store, small.collection, small.field)
        for id in 0..<50 as Range<UInt64> { try small.upsert(id, 1) }
        let entry = IndexEntry(
            name: "flat", kind: "flat", file: "1.flat", sequence: 50, metric: .l2, parameters: "",
            checksum: 1, bytes: 2, buildSeconds: 0)
        let other = try store.write { transaction throws(StorageError) in
            try transaction.putIndex(entry, of: field)
            let other = try transaction.createCollection(named: "other")
            try transaction.upsert(Point(id: .number(1)), into: other)
            return other
        }
        let again = code { () throws(StorageError) in
            _ = try store.write { t throws(StorageError) in try t.createCollection(named: "c") }
        }
        #expect(again == .collectionExists)
        let isDeleted = try store.write { t throws(StorageError) in
            try t.deleteCollection(named: "c")
        }
        #expect(isDeleted)
        #expect(
            try store.write { t throws(StorageError) in try t.deleteCollection(named: "c") }
                == false)
        try store.read { transaction throws(StorageError) in
            #expect(try transaction.collections().map(\.name) == ["other"])
            #expect(try transaction.fields(of: collection) == [])
            #expect(try transaction.indexFiles() == [])
            #expect(try transaction.pointCount(of: collection) == 0)
            #expect(try transaction.number(of: .number(3), in: collection) == nil)
            #expect(try transaction.vector(of: PointNumber(rawValue: 3), field) == nil)
            #expect(try transaction.pointCount(of: other) == 1)
            let last = try transaction.changes(after: 51)
            #expect(last.map(\.operation) == [.deleteCollection])
            #expect(last[0].fieldIDs == [field.id])
            let missing = code { () throws(StorageError) in
                _ = try transaction.existingCollection(named: "c")
            }
            #expect(missing == .noSuchCollection)
        }
        let stale = code { () throws(StorageError) in
            _ = try store.write { transaction throws(StorageError) in
                try transaction.upsert(Point(id: .number(1)), into: collection)
            }
        }
        #expect(stale == .noSuchCollection)
        let new = try store.write { t throws(StorageError) in try t.createCollection(named: "c") }
        #expect(new.id != collection.id)
    }

    @Test func keepsFieldsAsTheyWereMade() throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder)
        let (store, collection, field) = (small.store, small.collection, small.field)
        func ensure(
            _ dimension: Int, _ type: ElementType, _ extractor: String?
        ) -> StorageError.Code? {
            code { () throws(StorageError) in
                let same = try store.write { transaction throws(StorageError) in
                    try transaction.ensureField(
                        named: "v", dimension: dimension, elementType: type, metric: .cosine,
                        extractor: extractor, of: collection)
                }
                #expect(same == field)
            }
        }
        #expect(ensure(4, .f32, nil) == nil)
        #expect(ensure(5, .f32, nil) == .dimensionMismatch)
        #expect(ensure(4, .f16, nil) == .fieldMismatch)
        #expect(ensure(4, .f32, "model") == .fieldMismatch)
        #expect(ensure(0, .f32, nil) == .invalidParameter)
    }

    @Test func keepsTheCatalogue() throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder)
        let (store, field) = (small.store, small.field)
        var entry = IndexEntry(
            name: "hnsw", kind: "hnsw", file: "7.hnsw", sequence: .max, metric: .minkowski(p: 2.5),
            parameters: "m=16 efConstruction=200", checksum: .max, bytes: 1 << 40,
            buildSeconds: 1.25)
        let first = entry
        try store.write { t throws(StorageError) in try t.putIndex(first, of: field) }
        entry.file = "8.hnsw"
        entry.sequence = 12
        let second = entry
        var flat = entry
        flat.name = "flat"
        flat.file = "9.flat"
        let third = flat
        try store.write { transaction throws(StorageError) in
            try transaction.putIndex(second, of: field)
            try transaction.putIndex(third, of: field)
        }
        try store.read { transaction throws(StorageError) in
            #expect(try transaction.index(named: "hnsw", of: field) == second)
            #expect(try transaction.indexes(of: field) == [third, second])
            #expect(try transaction.indexFiles() == ["8.hnsw", "9.flat"])
            #expect(try transaction.index(named: "none", of: field) == nil)
        }
        let removed = try store.write { transaction throws(StorageError) in
            [
                try transaction.deleteIndex(named: "hnsw", of: field),
                try transaction.deleteIndex(named: "hnsw", of: field),
            ]
        }
        #expect(removed == [true, false])
        for file in ["", "..", "a/b", "../x"] {
            var outside = third
            outside.file = file
            let bad = outside
            let refusal = code { () throws(StorageError) in
                try store.write { t throws(StorageError) in try t.putIndex(bad, of: field) }
            }
            #expect(refusal == .invalidName)
        }
    }

    @Test func trimsTheLog() throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder)
        let store = small.store
        for id in 1...10 as ClosedRange<UInt64> { try small.upsert(id, 1) }
        try store.write { t throws(StorageError) in try t.trimLog(through: 4) }
        try store.write { t throws(StorageError) in try t.trimLog(through: 2) }
        try store.read { transaction throws(StorageError) in
            #expect(try transaction.changes(after: 4).map(\.sequence) == Array(5...10))
            #expect(try transaction.changes(after: 10) == [])
            #expect(try transaction.changes(after: .max) == [])
            let early = code { () throws(StorageError) in _ = try transaction.changes(after: 3) }
            #expect(early == .logTrimmed)
        }
        try store.write { t throws(StorageError) in try t.trimLog(through: .max) }
        try small.upsert(11, 1)
        let left = try store.read { t throws(StorageError) in try t.changes(after: 10) }
        #expect(left.map(\.sequence) == [11])
    }
}
