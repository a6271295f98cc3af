import FeatureStorage
import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing
import VectorCore

/// What takes a second process: exit tests run their bodies in one.
@Suite struct ProcessTests {
    @Test func letsOneProcessWriteAndOthersRead() async throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder)
        try small.upsert(1, 1)
        let path = folder.store
        await #expect(processExitsWith: .success) { [path = path as String] in
            let second = code { () throws(StorageError) in
                _ = try FeatureStore(path: path, mode: .readWrite)
            }
            guard second == .writerExists else { exit(3) }
            let store = try FeatureStore(path: path, mode: .readOnly)
            let head = try store.read { t throws(StorageError) in try t.headSequence() }
            guard head == 1 else { exit(4) }
        }
        try small.upsert(2, 2)
    }

    @Test func followsAMapThatAnotherProcessGrew() async throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder, dimension: 1000, initialMapBytes: 1 << 18)
        small.store.close()
        let path = folder.store
        let reader = try FeatureStore(
            path: path, mode: .readOnly, create: false, initialMapBytes: 1 << 18)
        let before = try reader.mapBytes()
        await #expect(processExitsWith: .success) { [path = path as String] in
            let store = try FeatureStore(
                path: path, mode: .readWrite, create: false, initialMapBytes: 1 << 18)
            try store.write { transaction throws(StorageError) in
                let collection = try transaction.reader.existingCollection(named: "c")
                for id in 0..<500 as Range<UInt64> {
                    let vector = VectorData.f32([Float](repeating: Float(id), count: 1000))
                    try transaction.upsert(
                        Point(id: .number(id), vectors: ["v": vector]), into: collection)
                }
            }
        }
        let count = try reader.read { transaction throws(StorageError) in
            var count = 0
            try transaction.forEachVector(of: small.field) { _ throws(StorageError) in
                count += 1
                return true
            }
            return count
        }
        #expect(count == 500)
        #expect(try reader.mapBytes() > before)
    }

    @Test func opensBesideAProcessThatCommits() async throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder, dimension: 3000)
        let isOver = Mutex(false)
        let writer = Thread {
            for id in 0... as PartialRangeFrom<UInt64> {
                if isOver.withLock({ $0 }) { return }
                do {
                    try small.upsert(id % 2000, 1)
                } catch {
                    Issue.record(error)
                    return
                }
            }
        }
        writer.start()
        let path = folder.store
        await #expect(processExitsWith: .success) { [path = path as String] in
            for _ in 0..<300 {
                do {
                    try FeatureStore(path: path, mode: .readOnly).close()
                } catch {
                    print(error)
                    exit(3)
                }
            }
        }
        isOver.withLock { $0 = true }
        while !writer.isFinished { usleep(1000) }
    }

    /// A process is killed while four threads write; what it had acknowledged must be there, whole.
    @Test func keepsWhatWasAcknowledgedBeforeAKill() async throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder, dimension: 300, initialMapBytes: 1 << 16)
        small.store.close()
        let path = folder.store
        let log = "\(folder.path)/acknowledged"
        for round in 0..<8 as Range<UInt64> {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = path as String, log = log as String, round = round as UInt64] in
                var generator = SplitMix64(seed: round)
                let delay = UInt32.random(in: 1000..<60_000, using: &generator)
                let store = try FeatureStore(
                    path: path, mode: .readWrite, create: false, initialMapBytes: 1 << 16)
                let collection = try store.read { t throws(StorageError) in
                    try t.existingCollection(named: "c")
                }
                let acknowledged = unsafe open(log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
                for thread in 0..<4 as Range<UInt64> {
                    Thread.detachNewThread {
                        for step in 0... as PartialRangeFrom<UInt64> {
                            let id = round << 32 | thread << 24 | step
                            let vector = VectorData.f32(
                                [Float](repeating: Float(step), count: 300))
                            do {
                                try store.write { transaction throws(StorageError) in
                                    try transaction.upsert(
                                        Point(id: .number(id), vectors: ["v": vector]),
                                        into: collection)
                                }
                            } catch {
                                exit(5)
                            }
                            let line = Array("\(id)\n".utf8)
                            unsafe line.withUnsafeBytes {
                                _ = unsafe Glibc.write(acknowledged, $0.baseAddress, $0.count)
                            }
                        }
                    }
                }
                usleep(delay)
                kill(getpid(), SIGKILL)
                pause()
            }
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            let ids = text.split(separator: "\n").compactMap { UInt64($0) }
            let store = try FeatureStore(path: path, mode: .readWrite)
            try store.read { transaction throws(StorageError) in
                for id in ids {
                    let number = try transaction.existingNumber(
                        of: .number(id), in: small.collection)
                    let vector = try transaction.vector(of: number, small.field)
                    let step = Float(id & 0xFF_FFFF)
                    #expect(vector == .f32([Float](repeating: step, count: 300)), "round \(round)")
                }
                let count = try transaction.pointCount(of: small.collection)
                #expect((ids.count...ids.count + 4 * Int(round + 1)).contains(count))
                #expect(try transaction.vectorCount(of: small.field) == count)
                #expect(try transaction.headSequence() == UInt64(count))
            }
            store.close()
        }
        let size = try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int
        #expect((size ?? 0) > 0, "nothing was acknowledged, so this tests nothing")
    }
}
