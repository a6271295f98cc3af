import FeatureStorage
import Foundation
import Glibc
import JSON
import Locks
import TestSupport
import Testing
import WorkerThreads

/// Damage that comes to a store while it is open, after every check that is made before.
@Suite struct MapFaultTests {
    private static func filled(_ folder: TemporaryFolder) throws {
        let small = try SmallStore(folder, dimension: 300)
        for id in 0..<100 as Range<UInt64> { try small.upsert(id, 1) }
        small.store.close()
    }

    /// Reads and writes a store until something is refused, and ends the process with 0 where it is because of what
    /// was done to the file; LMDB has several words for pages that are wrong, which `exactly` leaves no room for.
    private static func use(
        _ path: String, exactly: Bool = true, while damage: @Sendable (Int32) -> Void
    ) throws {
        let store = try FeatureStore(path: path, mode: .readWrite)
        let file = unsafe open("\(path)/data.mdb", O_RDWR)
        let codes = Lock<[StorageError.Code]>([])
        WorkerThreads.run(3) { thread in
            do throws(StorageError) {
                for round in 0... as PartialRangeFrom<UInt64> {
                    if thread == 0, round == 3 { damage(file) }
                    try thread == 1 ? write(store, round) : read(store)
                }
            } catch {
                codes.withLock { $0.append(error.code) }
            }
        }
        // From then on nothing is believed.
        #expect(throws: StorageError.self) { try read(store) }
        #expect(throws: StorageError.self) { try write(store, 1) }
        store.close()
        let isRight = codes.withLock { $0 }.allSatisfy { !exactly || $0 == .damagedStore }
        exit(isRight && codes.withLock { $0 }.count == 3 ? 0 : 2)
    }

    private static func read(_ store: FeatureStore) throws(StorageError) {
        try store.read { t throws(StorageError) in
            let collection = try t.existingCollection(named: "c")
            let field = try t.existingField(named: "v", of: collection)
            // Half of it may be there, and nothing of that is answered.
            guard try t.matrix(of: field).numbers.count >= 100 else {
                throw StorageError(.invalidParameter, "Points are missing.")
            }
        }
    }

    private static func write(_ store: FeatureStore, _ round: UInt64) throws(StorageError) {
        try store.write { t throws(StorageError) in
            let collection = try t.reader.existingCollection(named: "c")
            try t.upsert(
                Point(
                    id: .number(100 + round % 50), payload: [:],
                    vectors: ["v": .f32([Float](repeating: 2, count: 300))]), into: collection)
        }
    }

    @Test(arguments: [0, 1, 4096, 8192, 8193, 20_000, 65_536, 131_072])
    func aFileThatIsCutUnderTheMapIsAnError(length: Int) async throws {
        let folder = try TemporaryFolder()
        try Self.filled(folder)
        await #expect(processExitsWith: .success) { [path = folder.store as String, length] in
            try Self.use(path) { ftruncate($0, length) }
        }
    }

    /// As `cp` over it does, which empties it first.
    @Test func aFileThatIsWrittenOverUnderTheMapIsAnError() async throws {
        let folder = try TemporaryFolder()
        try Self.filled(folder)
        await #expect(processExitsWith: .success) { [path = folder.store as String] in
            try Self.use(path) { file in
                let zeros = [UInt8](repeating: 0, count: 1 << 20)
                ftruncate(file, 0)
                _ = unsafe pwrite(file, zeros, zeros.count, 0)
            }
        }
    }

    /// A library must not take from its process what it is there for.
    @Test func whoHandledSuchFaultsBeforeStillDoesSoForOthers() async throws {
        let folder = try TemporaryFolder()
        try Self.filled(folder)
        await #expect(processExitsWith: .exitCode(3)) { [path = folder.store as String] in
            _ = signal(SIGBUS) { _ in _exit(3) }
            let store = try FeatureStore(path: path, mode: .readOnly)
            try Self.read(store)
            let file = unsafe open("\(path)/other", O_RDWR | O_CREAT, 0o600)
            ftruncate(file, 4096)
            let map = unsafe mmap(nil, 4096, PROT_READ, MAP_SHARED, file, 0)
            ftruncate(file, 0)
            exit(unsafe Int32(map?.load(as: UInt8.self) ?? 0))
        }
    }

    /// Branches with one child make LMDB give up.
    @Test func aPageThatLMDBGivesUpOnIsAnError() async throws {
        let folder = try TemporaryFolder()
        try Self.filled(folder)
        await #expect(processExitsWith: .success) { [path = folder.store as String] in
            try Self.use(path, exactly: false) { file in
                var page = [UInt8](repeating: 0, count: 16)
                var offset: off_t = 8192
                while unsafe pread(file, &page, 16, offset) == 16 {
                    // The flags of a branch, and where its list of nodes ends.
                    if page[10] == 1 { unsafe pwrite(file, [18, 0] as [UInt8], 2, offset + 12) }
                    offset += 4096
                }
            }
        }
    }
}
