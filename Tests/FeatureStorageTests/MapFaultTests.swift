import FeatureStorage
import Foundation
import Glibc
import TestSupport
import Testing

/// Damage that comes to a store while it is open, after every check that is made before.
@Suite struct MapFaultTests {
    private static func filled(_ folder: TemporaryFolder) throws {
        let small = try SmallStore(folder, dimension: 300)
        for id in 0..<100 as Range<UInt64> { try small.upsert(id, 1) }
        small.store.close()
    }

    /// Reads all vectors of the store at `path`, once `damage` has been done to its data file.
    private static func read(_ path: String, after damage: (Int32) -> Void) throws {
        MapFaults.endProcess(status: 74)
        let store = try FeatureStore(path: path, mode: .readOnly)
        let file = unsafe open("\(path)/data.mdb", O_RDWR)
        damage(file)
        try store.read { t throws(StorageError) in
            let collection = try t.existingCollection(named: "c")
            _ = try t.matrix(of: try t.existingField(named: "v", of: collection))
        }
    }

    @Test func aFileThatIsCutUnderTheMapEndsInASentence() async throws {
        let folder = try TemporaryFolder()
        try Self.filled(folder)
        let path = folder.store
        let result = await #expect(
            processExitsWith: .exitCode(74), observing: [\.standardErrorContent]
        ) { [path = path as String] in
            try Self.read(path) { ftruncate($0, 8192) }
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("likeness: The store at \(path) is damaged"))
        #expect(text.contains("likeness verify"))
    }

    /// Branches with one child make LMDB give up and abort.
    @Test func aPageThatLMDBGivesUpOnEndsInASentence() async throws {
        let folder = try TemporaryFolder()
        try Self.filled(folder)
        let path = folder.store
        let result = await #expect(
            processExitsWith: .exitCode(74), observing: [\.standardErrorContent]
        ) { [path = path as String] in
            try Self.read(path) { file in
                var page = [UInt8](repeating: 0, count: 16)
                var offset: off_t = 8192
                while unsafe pread(file, &page, 16, offset) == 16 {
                    // The flags of a branch, and where its list of nodes ends.
                    if page[10] == 1 { unsafe pwrite(file, [18, 0] as [UInt8], 2, offset + 12) }
                    offset += 4096
                }
            }
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("likeness: The store at \(path) is damaged"))
    }
}
