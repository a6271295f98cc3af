import FeatureStorage
import Foundation
import Glibc
import TestSupport
import Testing
import VectorCore

@Suite struct OpeningTests {
    @Test func saysThatThereIsNoStore() throws {
        let folder = try TemporaryFolder()
        for mode in [FeatureStore.Mode.readOnly, .readWrite] {
            let missing = code { () throws(StorageError) in
                _ = try FeatureStore(path: "\(folder.path)/none", mode: mode)
            }
            #expect(missing == .noSuchStore)
            let empty = code { () throws(StorageError) in
                _ = try FeatureStore(path: folder.path, mode: mode)
            }
            #expect(empty == .noSuchStore)
        }
        try Data("x".utf8).write(to: URL(fileURLWithPath: folder.store))
        let file = code { () throws(StorageError) in
            _ = try FeatureStore(path: folder.store, mode: .readOnly)
        }
        #expect(file == .noSuchStore)
    }

    @Test func keepsOthersOut() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/a/b/store"
        let store = try FeatureStore(path: path, mode: .readWrite, create: true)
        for (file, mode) in [("", 0o700), ("/data.mdb", 0o600), ("/lock.mdb", 0o600)] {
            let attributes = try FileManager.default.attributesOfItem(atPath: path + file)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == mode, "\(file)")
        }
        store.close()
    }

    @Test(arguments: ["/a/b/c", "/a/", "/a//b//", "/./a/../b/c"])
    func makesTheFoldersOnTheWay(path: String) throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.path + "/a", withIntermediateDirectories: true)
        try FeatureStore(path: folder.path + path, mode: .readWrite, create: true).close()
        try FeatureStore(path: folder.path + path, mode: .readOnly).close()
    }

    @Test func opensAStoreOnceAProcess() throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder)
        for (path, mode) in [
            (folder.store, FeatureStore.Mode.readOnly), ("\(folder.store)/.", .readWrite),
        ] {
            let second = code { () throws(StorageError) in
                _ = try FeatureStore(path: path, mode: mode)
            }
            #expect(second == .alreadyOpen)
        }
        small.store.close()
        try FeatureStore(path: folder.store, mode: .readWrite).close()
    }

    @Test func refusesASecondWriter() throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder)
        small.store.close()
        // A lock belongs to the open file, so one of our own stands for another process's.
        let other = unsafe open("\(folder.store)/writer.lock", O_RDWR)
        #expect(flock(other, LOCK_EX | LOCK_NB) == 0)
        let refusal = #expect(throws: StorageError.self) {
            try FeatureStore(path: folder.store, mode: .readWrite)
        }
        #expect(refusal?.code == .writerExists)
        #expect(refusal?.message.contains("(\(getpid()), since 20") == true)
        try FeatureStore(path: folder.store, mode: .readOnly).close()
        close(other)
        try FeatureStore(path: folder.store, mode: .readWrite).close()
    }

    @Test(arguments: [1, 100, 4096, 8191, 8192, 20000, 100_000])
    func refusesForeignFiles(size: Int) throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.store, withIntermediateDirectories: true)
        var generator = SplitMix64(seed: UInt64(size))
        let random = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let text = Array("It was a dark and stormy night.\n".utf8)
        let zeros = [UInt8](repeating: 0, count: size)
        for bytes in [random, (0..<size).map { text[$0 % text.count] }, zeros] {
            try Data(bytes).write(to: URL(fileURLWithPath: folder.dataFile))
            for (mode, create) in [(FeatureStore.Mode.readOnly, false), (.readWrite, true)] {
                let refusal = code { () throws(StorageError) in
                    _ = try FeatureStore(path: folder.store, mode: mode, create: create)
                }
                #expect(refusal == .notAStore)
            }
            #expect(try Data(contentsOf: URL(fileURLWithPath: folder.dataFile)) == Data(bytes))
        }
    }

    /// A file cut anywhere is refused, or all that is in it can be read: never a crash.
    @Test func detectsTruncation() throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder, dimension: 700)
        for id in 0..<40 as Range<UInt64> { try small.upsert(id, Float(id)) }
        small.store.close()
        let whole = try Data(contentsOf: URL(fileURLWithPath: folder.dataFile))
        var refused = 0
        let sizes = stride(from: 1, to: whole.count, by: 4096 / 2 + 1)
        for size in sizes {
            try whole.prefix(size).write(to: URL(fileURLWithPath: folder.dataFile))
            do {
                let store = try FeatureStore(path: folder.store, mode: .readOnly)
                let count = try store.read { transaction throws(StorageError) in
                    var count = 0
                    try transaction.forEachVector(of: small.field) { _ throws(StorageError) in
                        count += 1
                        return true
                    }
                    return count
                }
                #expect(count == 40, "cut at \(size)")
                store.close()
            } catch {
                #expect([.damagedStore, .notAStore].contains(error.code))
                refused += 1
            }
        }
        #expect(refused > whole.count / 4096)
        try whole.write(to: URL(fileURLWithPath: folder.dataFile))
        try FeatureStore(path: folder.store, mode: .readWrite).close()
    }

    @Test func refusesImpossiblyManyPages() throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder)
        try small.upsert(1, 1)
        small.store.close()
        let whole = try Data(contentsOf: URL(fileURLWithPath: folder.dataFile))
        for lastPage in [UInt64.max, .max - 1, 1 << 63, 1 << 52] as [UInt64] {
            // The meta pages, at 0 and 4096, hold the last page at 136.
            var bytes = whole
            for place in 0..<8 {
                let byte = UInt8(truncatingIfNeeded: lastPage >> UInt64(8 * place))
                bytes[136 + place] = byte
                bytes[4096 + 136 + place] = byte
            }
            for length in [bytes.count, bytes.count / 2] {
                try bytes.prefix(length).write(to: URL(fileURLWithPath: folder.dataFile))
                for mode in [FeatureStore.Mode.readOnly, .readWrite] {
                    let refusal = code { () throws(StorageError) in
                        _ = try FeatureStore(path: folder.store, mode: mode)
                    }
                    #expect(refusal == .damagedStore, "\(lastPage), \(length) bytes")
                }
            }
        }
    }

    /// Pages that a transaction takes at the end of the file and gives back are never written, so
    /// the file ends before the last page that LMDB counts; such a store is whole.
    @Test func opensAFileWhoseEndIsFree() throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder, dimension: 100_000)
        let collection = small.collection
        // Only where LMDB holds a list of free pages does it give pages back within a transaction.
        for id in 10..<13 as Range<UInt64> { try small.upsert(id, 1) }
        for id in 10..<13 as Range<UInt64> {
            try small.store.write { t throws(StorageError) in
                try t.deletePoint(.number(id), from: collection)
            }
        }
        for id in 0..<3 as Range<UInt64> {
            try small.store.write { t throws(StorageError) in
                try t.upsert(Point(id: .number(id)), into: collection)
            }
        }
        try small.store.write { transaction throws(StorageError) in
            let vector = VectorData.f32([Float](repeating: 1, count: 100_000))
            try transaction.upsert(Point(id: .number(4)), into: collection)
            for id in 20..<40 as Range<UInt64> {
                try transaction.upsert(
                    Point(id: .number(id), vectors: ["v": vector]), into: collection)
            }
            for id in 20..<40 as Range<UInt64> {
                try transaction.deletePoint(.number(id), from: collection)
            }
        }
        small.store.close()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.dataFile))
        func word(_ offset: Int) -> Int {
            (0..<8).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        // The meta pages, at 0 and 4096, hold the last page at 136 and the transaction at 144.
        let lastPage = word(144) > word(4096 + 144) ? word(136) : word(4096 + 136)
        #expect(lastPage * 4096 >= bytes.count, "the file is not short, so this tests nothing")
        let store = try FeatureStore(path: folder.store, mode: .readWrite)
        let count = try store.read { t throws(StorageError) in try t.pointCount(of: collection) }
        #expect(count == 4)
    }

    @Test func detectsDamagedVectorsAndPayloads() throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder, dimension: 700)
        for id in 0..<3 as Range<UInt64> { try small.upsert(id, Float(id) + 0.123) }
        small.store.close()
        let url = URL(fileURLWithPath: folder.dataFile)
        let whole = try Data(contentsOf: url)
        let pattern = unsafe withUnsafeBytes(of: Float(1.123)) { unsafe Data($0) }
        let vector = try #require(whole.firstRange(of: pattern + pattern + pattern + pattern))
        let payload = try #require(whole.firstRange(of: Data(#"{"value":2.12"#.utf8)))
        var damaged = whole
        damaged[vector.lowerBound + 401] ^= 0x04
        damaged[payload.upperBound - 1] ^= 0x01
        try damaged.write(to: url)
        let store = try FeatureStore(path: folder.store, mode: .readOnly)
        try store.read { transaction throws(StorageError) in
            func number(_ n: UInt64) -> PointNumber { PointNumber(rawValue: n) }
            #expect(try transaction.vector(of: number(0), small.field) != nil)
            let error = #expect(throws: StorageError.self) {
                try transaction.vector(of: number(1), small.field)
            }
            #expect(error?.code == .damagedVector)
            #expect(error?.message.contains("The vector “v” of point 1 is damaged") == true)
            let walk = code { () throws(StorageError) in
                try transaction.forEachVector(of: small.field) { _ throws(StorageError) in true }
            }
            #expect(walk == .damagedVector)
            let text = #expect(throws: StorageError.self) {
                try transaction.payload(of: number(2), in: small.collection)
            }
            #expect(text?.code == .damagedRecord)
            #expect(text?.message.contains("payload of point 2") == true)
        }
    }
}
