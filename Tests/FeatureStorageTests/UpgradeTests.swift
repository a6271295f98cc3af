import FeatureStorage
import Foundation
import TestSupport
import Testing

@Suite struct UpgradeTests {
    @Test func aStoreOfFormat1IsUpgradedByItsWriter() throws {
        let folder = try Self.store(of: "format-1")
        try Self.isRefusedToReaders(folder, format: 1)
        #expect(try FeatureStore.verify(path: folder.store).faults.count == 1)
        let store = try FeatureStore(path: folder.store, mode: .readWrite)
        try store.read { t throws(StorageError) in
            let collection = try t.existingCollection(named: "things")
            let field = try t.existingField(named: "v", of: collection)
            #expect(try t.pointCount(of: collection) == 11)
            #expect(
                try t.numbersWithVector(of: field).map(\.rawValue) == [0, 1, 2] + Array(4..<12))
            #expect(try t.changes(after: 0).count == 13)
            #expect(try t.indexes(of: field).map(\.name) == ["flat.l2"])
            let number = try t.existingNumber(of: .number(5), in: collection)
            // The generator that made the fixture gave this number first for row 5.
            let first = try t.vector(of: number, field)?.floats.first ?? .nan
            #expect(first.isFinite && abs(first) <= 1)
        }
        store.close()
        try Self.isSound(folder)
    }

    @Test func aStoreOfFormat2IsUpgradedByItsWriter() throws {
        let folder = try Self.store(of: "format-2")
        try Self.isRefusedToReaders(folder, format: 2)
        #expect(try FeatureStore.verify(path: folder.store).faults == [])
        try Self.hasTwelvePoints(folder)
    }

    @Test func aSnapshotOfFormat2IsRestored() throws {
        let folder = try TemporaryFolder()
        let snapshot = "\(folder.path)/format-2.snapshot"
        try Self.unpack("format-2.snapshot", to: snapshot)
        let report = try FeatureStore.restore(snapshot: snapshot, to: folder.store)
        #expect(report.counts.points == 12)
        try Self.hasTwelvePoints(folder)
    }

    private static func hasTwelvePoints(_ folder: TemporaryFolder) throws {
        let store = try FeatureStore(path: folder.store, mode: .readWrite)
        try store.read { t throws(StorageError) in
            let collection = try t.existingCollection(named: "things")
            let field = try t.existingField(named: "v", of: collection)
            #expect(try t.pointCount(of: collection) == 12)
            #expect(try t.changes(after: 0).count == 12)
            #expect(try t.payloadIndexes(of: collection) == [])
            let number = try t.existingNumber(of: .number(5), in: collection)
            #expect(try t.vector(of: number, field) == .f32([5, 0.5]))
        }
        store.close()
        try Self.isSound(folder)
    }

    /// A store that an earlier version made.
    private static func store(of fixture: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.store, withIntermediateDirectories: true)
        try unpack("\(fixture).mdb", to: folder.dataFile)
        return folder
    }

    private static func unpack(_ fixture: String, to path: String) throws {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/\(fixture).gz").path
        try FileManager.default.copyItem(atPath: source, toPath: "\(path).gz")
        #expect(try runProcess("/usr/bin/gzip", ["-d", "\(path).gz"]).status == 0)
    }

    private static func isRefusedToReaders(_ folder: TemporaryFolder, format: Int) throws {
        let refusal = #expect(throws: StorageError.self) {
            try FeatureStore(path: folder.store, mode: .readOnly)
        }
        #expect(refusal?.code == .unsupportedFormat)
        #expect(refusal?.message.contains("format \(format)") == true)
        #expect(refusal?.message.contains("format 3") == true)
    }

    private static func isSound(_ folder: TemporaryFolder) throws {
        #expect(try FeatureStore.verify(path: folder.store).faults == [])
        try FeatureStore(path: folder.store, mode: .readOnly).close()
    }
}
