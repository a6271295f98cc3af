import FeatureStorage
import Foundation
import Glibc
import JSON
import Synchronization
import TestSupport
import Testing
import VectorCore

/// Snapshots, what is restored from them, and compaction.
@Suite struct SnapshotTests {
    private func filled(_ folder: TemporaryFolder, count: UInt64 = 60) throws -> SmallStore {
        let small = try SmallStore(folder, dimension: 700)
        for id in 0..<count { try small.upsert(id, Float(id)) }
        let collection = small.collection
        try small.store.write { t throws(StorageError) in
            for id in 0..<count / 3 { try t.deletePoint(.number(3 * id), from: collection) }
        }
        return small
    }

    /// All that a store holds, in an order that does not depend on how it lies.
    private func contents(_ store: FeatureStore) throws -> [String] {
        try store.read { t throws(StorageError) in
            var lines = ["head \(try t.headSequence())"]
            for collection in try t.collections() {
                lines.append("\(collection)")
                for field in try t.fields(of: collection) {
                    lines.append("\(field)")
                    try t.forEachVector(of: field) { vector throws(StorageError) in
                        lines.append("\(vector.number) \(vector.sequence) \(vector.data)")
                        return true
                    }
                }
                try t.forEachPoint(of: collection) { id, number throws(StorageError) in
                    let payload = try t.payload(of: number, in: collection) ?? [:]
                    lines.append("\(id) \(number) \(payload)")
                    return true
                }
            }
            return lines
        }
    }

    private func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    @Test func aRestoredStoreHoldsTheSame() throws {
        let folder = try TemporaryFolder()
        let small = try filled(folder)
        let file = "\(folder.path)/s"
        let report = try small.store.writeSnapshot(
            to: file, replacing: false, includingIndexes: true, fault: { _ in nil })
        #expect(report.counts.points == 40 && report.counts.vectors == 40)
        #expect(try FeatureStore.verify(snapshot: file).faults == [])
        let before = try contents(small.store)
        // What comes later is not in it.
        try small.upsert(999, 1)
        let restored = "\(folder.path)/restored"
        _ = try FeatureStore.restore(snapshot: file, to: restored)
        #expect(try FeatureStore.verify(path: restored).faults == [])
        let store = try FeatureStore(path: restored, mode: .readWrite)
        #expect(try contents(store) == before)
        #expect(store.identifier == small.store.identifier)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(left == ["restored", "s", "store"])
    }

    @Test func nothingIsReplacedUnasked() throws {
        let folder = try TemporaryFolder()
        let small = try filled(folder)
        let file = "\(folder.path)/s"
        func snapshot(replacing: Bool) throws(StorageError) {
            _ = try small.store.writeSnapshot(
                to: file, replacing: replacing, includingIndexes: true, fault: { _ in nil })
        }
        try snapshot(replacing: false)
        let first = try bytes(file)
        #expect(
            code { () throws(StorageError) in try snapshot(replacing: false) } == .invalidParameter)
        #expect(try bytes(file) == first)
        try small.upsert(1000, 1)
        try snapshot(replacing: true)
        #expect(try bytes(file) != first)
        let refusal = code { () throws(StorageError) in
            _ = try FeatureStore.restore(snapshot: file, to: folder.store)
        }
        #expect(refusal == .invalidParameter)
    }

    /// Every flipped byte and every cut is noticed, and leaves nothing behind.
    @Test func aDamagedSnapshotIsRefused() throws {
        let folder = try TemporaryFolder()
        let small = try filled(folder, count: 9)
        let file = "\(folder.path)/s"
        _ = try small.store.writeSnapshot(
            to: file, replacing: false, includingIndexes: true, fault: { _ in nil })
        let whole = try bytes(file)
        let damaged = "\(folder.path)/damaged"
        try withEverySeed(0..<1) { generator, seed in
            for round in 0..<150 {
                var copy = whole
                if round % 10 == 9 {
                    copy.removeLast(Int.random(in: 1...copy.count, using: &generator))
                } else {
                    let place = Int.random(in: 0..<copy.count, using: &generator)
                    copy[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                }
                try Data(copy).write(to: URL(fileURLWithPath: damaged))
                let refusal = code { () throws(StorageError) in
                    _ = try FeatureStore.restore(snapshot: damaged, to: "\(folder.path)/no")
                }
                #expect(
                    [.damagedStore, .notAStore, .unsupportedFormat].contains(refusal),
                    "seed \(seed), round \(round)")
            }
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(left == ["damaged", "s", "store"])
    }

    @Test func aSnapshotIsTakenBesideAWriter() async throws {
        let folder = try TemporaryFolder()
        let small = try filled(folder)
        let path = folder.store
        let file = "\(folder.path)/s"
        let isOver = Flag()
        let writer = Thread {
            for id in 2000... as PartialRangeFrom<UInt64> {
                if isOver.isSet { return }
                do { try small.upsert(id % 3000, 1) } catch {
                    Issue.record(error)
                    return
                }
            }
        }
        writer.start()
        await #expect(processExitsWith: .success) {
            [path = path as String, file = file as String] in
            for _ in 0..<10 {
                let store = try FeatureStore(path: path, mode: .readOnly)
                _ = try store.writeSnapshot(
                    to: file, replacing: true, includingIndexes: true, fault: { _ in nil })
                store.close()
                guard try FeatureStore.verify(snapshot: file).faults.isEmpty else { exit(3) }
                guard try FeatureStore.verify(path: path).faults.isEmpty else { exit(4) }
            }
        }
        isOver.set()
        while !writer.isFinished { usleep(1000) }
    }

    @Test func compactingKeepsAllAndGivesBackSpace() throws {
        let folder = try TemporaryFolder()
        let small = try filled(folder)
        let before = try contents(small.store)
        small.store.close()
        let report = try FeatureStore.compact(path: folder.store)
        #expect(report.bytesAfter < report.bytesBefore)
        #expect(report.changesTrimmed == 80)
        #expect(try FeatureStore.verify(path: folder.store).faults == [])
        let store = try FeatureStore(path: folder.store, mode: .readWrite)
        #expect(try contents(store) == before)
        try store.write { t throws(StorageError) in
            try t.upsert(Point(id: .number(5000)), into: small.collection)
        }
        store.close()
        #expect(try FeatureStore.verify(path: folder.store).faults == [])
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.store).sorted()
                == ["data.mdb", "lock.mdb", "writer.lock"])
    }

    /// A reader that has the old file open goes on seeing it whole, while later ones see the new one.
    @Test func compactingLeavesReadersAlone() async throws {
        let folder = try TemporaryFolder()
        let small = try filled(folder)
        let (field, collection) = (small.field, small.collection)
        small.store.close()
        let path = folder.store
        let reader = try FeatureStore(path: path, mode: .readOnly)
        let (isReading, isCompacted) = (Flag(), Flag())
        let walk = Thread {
            do throws(StorageError) {
                var numbers: [UInt64] = []
                try reader.read { t throws(StorageError) in
                    try t.forEachVector(of: field) { vector throws(StorageError) in
                        numbers.append(vector.number.rawValue)
                        isReading.set()
                        isCompacted.wait()
                        return true
                    }
                }
                #expect(numbers == (0..<60).filter { $0 % 3 != 0 })
            } catch {
                Issue.record(error)
            }
        }
        walk.start()
        isReading.wait()
        await #expect(processExitsWith: .success) {
            [path = path as String] in
            _ = try FeatureStore.compact(path: path)
            let store = try FeatureStore(path: path, mode: .readWrite)
            // Pages that the old reader sees would be written over, were they in the same file.
            for id in 0..<30 as Range<UInt64> {
                try store.write { t throws(StorageError) in
                    let collection = try t.reader.existingCollection(named: "c")
                    try t.upsert(
                        Point(
                            id: .number(id),
                            vectors: ["v": .f32([Float](repeating: -1, count: 700))]),
                        into: collection)
                }
            }
            let count = try store.read { t throws(StorageError) in
                try t.pointCount(of: try t.existingCollection(named: "c"))
            }
            guard count == 50 else { exit(3) }
        }
        isCompacted.set()
        while !walk.isFinished { usleep(1000) }
        let later = code { () throws(StorageError) in
            try reader.read { t throws(StorageError) in _ = try t.headSequence() }
        }
        #expect(later == .replaced, "an old view would be stale for ever")
        reader.close()
        let again = try FeatureStore(path: path, mode: .readOnly)
        #expect(try again.read { t throws(StorageError) in try t.pointCount(of: collection) } == 50)
    }

    /// Wherever compacting is killed, the store is the old one or the new one.
    @Test func compactingCanBeKilledAnywhere() async throws {
        let folder = try TemporaryFolder()
        let small = try filled(folder)
        let before = try contents(small.store)
        small.store.close()
        let path = folder.store
        for round in 0..<10 as Range<UInt64> {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = path as String, round = round as UInt64] in
                var generator = SplitMix64(seed: round)
                let delay = UInt32.random(in: 0..<20_000, using: &generator)
                Thread.detachNewThread {
                    while true { _ = try? FeatureStore.compact(path: path) }
                }
                usleep(delay)
                kill(getpid(), SIGKILL)
                pause()
            }
            #expect(try FeatureStore.verify(path: path).faults == [], "round \(round)")
            let store = try FeatureStore(path: path, mode: .readWrite)
            #expect(try contents(store) == before, "round \(round)")
            store.close()
        }
    }

    /// The moments inside the swap, which a kill hits rarely.
    @Test(arguments: [false, true])
    func aSwapThatWasCutOffIsFinished(afterRename: Bool) throws {
        let folder = try TemporaryFolder()
        let small = try filled(folder)
        let before = try contents(small.store)
        small.store.close()
        let lock = "\(folder.store)/lock.mdb"
        let inode = try FileManager.default.attributesOfItem(atPath: folder.dataFile)[
            .systemFileNumber]
        let note = "\((inode as? NSNumber)?.uint64Value ?? 0)\n"
        try Data(note.utf8).write(to: URL(fileURLWithPath: "\(folder.store)/swap"))
        if afterRename {
            let copy = try Data(contentsOf: URL(fileURLWithPath: folder.dataFile))
            try copy.write(to: URL(fileURLWithPath: folder.dataFile), options: .atomic)
        }
        // Held open, so that its number is not given to the next file.
        let held = FileHandle(forReadingAtPath: lock)
        defer { try? held?.close() }
        let old =
            try FileManager.default.attributesOfItem(atPath: lock)[.systemFileNumber] as? NSNumber
        let store = try FeatureStore(path: folder.store, mode: .readOnly)
        #expect(try contents(store) == before)
        let new =
            try FileManager.default.attributesOfItem(atPath: lock)[.systemFileNumber] as? NSNumber
        #expect((old == new) == !afterRename, "the lock file goes with its data file")
        #expect(!FileManager.default.fileExists(atPath: "\(folder.store)/swap"))
    }
}

/// Something that one thread waits for and another brings about.
final class Flag: Sendable {
    private let condition = NSCondition()
    private let state = Mutex(false)

    var isSet: Bool { state.withLock { $0 } }

    func set() {
        condition.lock()
        state.withLock { $0 = true }
        condition.broadcast()
        condition.unlock()
    }

    func wait() {
        condition.lock()
        while !isSet { condition.wait() }
        condition.unlock()
    }
}
