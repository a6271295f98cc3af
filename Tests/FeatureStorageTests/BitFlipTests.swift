import FeatureStorage
import Foundation
import JSON
import PayloadFilter
import TestSupport
import Testing
import VectorCore

/// A flipped bit or a cut anywhere in the data file: every answer is right, or it is refused.
@Suite struct BitFlipTests {
    /// What every way of reading gives, in one text.
    private static func everything(_ store: FeatureStore) throws(StorageError) -> String {
        try store.read { t throws(StorageError) in
            var text = "\(try t.headSequence())"
            for collection in try t.collections() {
                text += "\(collection) \(try t.pointCount(of: collection))"
                for field in try t.fields(of: collection) {
                    text += "\(field) \(try t.vectorCount(of: field)) \(try t.indexes(of: field))"
                    let (numbers, matrix) = try t.matrix(of: field)
                    for (row, number) in numbers.enumerated() {
                        text += "\(number) \(matrix.vector(row)[0])"
                    }
                }
                try t.forEachPoint(of: collection) { id, number throws(StorageError) in
                    text += "\(id) \(number)"
                    return true
                }
                try t.forEachNumber(of: collection) { number, id throws(StorageError) in
                    text += "\(number) \(id)"
                    return true
                }
                try t.forEachPayload(of: collection) { number, payload throws(StorageError) in
                    text += "\(number) \(payload)"
                    return true
                }
                text += "\(try t.payloadIndexes(of: collection))"
                for end in stride(from: 0, to: 30, by: 3) {
                    let range = NumberRange(gte: .integer(Int64(end)), lt: .integer(Int64(end + 4)))
                    let filter = PayloadFilter(must: [.field(try path("n"), .range(range))])
                    text += "\(try t.points(matching: filter, in: collection))"
                }
                for id in 0..<30 as Range<UInt64> {
                    let number = try t.number(of: .number(id), in: collection)
                    text += "\(String(describing: number))"
                }
            }
            text += "\(try t.changes(after: 0))"
            return text
        }
    }

    private static func path(_ text: String) throws(StorageError) -> FieldPath {
        guard let path = try? FieldPath(text) else {
            throw StorageError(.invalidParameter, "“\(text)” is no path.")
        }
        return path
    }

    private struct Sample {
        let bytes: Data
        let truth: String

        init(_ folder: TemporaryFolder) throws {
            // Short vectors lie in leaves, long ones on pages of their own.
            let store = try FeatureStore(path: folder.store, mode: .readWrite, create: true)
            try store.write { t throws(StorageError) in
                let collection = try t.createCollection(named: "c", imageRoot: "/pictures")
                for (name, dimension) in [("short", 5), ("long", 1500)] {
                    let field = try t.ensureField(
                        named: name, dimension: dimension, elementType: .f32, metric: .l2,
                        of: collection)
                    try t.putIndex(
                        IndexEntry(
                            name: "flat.l2", kind: "flat", file: "\(name).index", sequence: 0,
                            metric: .l2, parameters: "", checksum: 1, bytes: 2, buildSeconds: 0),
                        of: field)
                }
            }
            let collection = try store.read { t throws(StorageError) in
                try t.existingCollection(named: "c")
            }
            let path = try BitFlipTests.path("n")
            try store.write { t throws(StorageError) in
                _ = try t.createPayloadIndex(on: path, type: .integer, of: collection)
            }
            for id in 0..<24 as Range<UInt64> {
                try store.write { t throws(StorageError) in
                    try t.upsert(
                        Point(
                            id: .number(id), payload: ["n": .integer(Int64(id))],
                            vectors: [
                                "short": .f32([Float](repeating: Float(id), count: 5)),
                                "long": .f32([Float](repeating: Float(id), count: 1500)),
                            ]), into: collection)
                }
            }
            for id in [4, 5, 20] as [UInt64] {
                try store.write { t throws(StorageError) in
                    try t.deletePoint(.number(id), from: collection)
                }
            }
            truth = try BitFlipTests.everything(store)
            store.close()
            bytes = try Data(contentsOf: URL(fileURLWithPath: folder.dataFile))
            #expect(try FeatureStore.verify(path: folder.store).faults == [])
        }
    }

    @Test(arguments: [FeatureStore.Mode.readOnly, .readWrite])
    func everyAnswerIsRightOrRefused(mode: FeatureStore.Mode) throws {
        let folder = try TemporaryFolder()
        let sample = try Sample(folder)
        var refused = 0
        let rounds = 800
        try withEverySeed(0..<1) { generator, seed in
            for round in 0..<rounds {
                var bytes = sample.bytes
                if round % 25 == 24 {
                    bytes = bytes.prefix(Int.random(in: 0..<bytes.count, using: &generator))
                } else {
                    // Half of the flips go to where pages and nodes describe themselves.
                    var place = Int.random(in: 0..<bytes.count, using: &generator)
                    if round % 2 == 0 {
                        place = place & ~4095 + Int.random(in: 0..<160, using: &generator)
                    }
                    bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                }
                try bytes.write(to: URL(fileURLWithPath: folder.dataFile))
                do throws(StorageError) {
                    let store = try FeatureStore(path: folder.store, mode: mode)
                    defer { store.close() }
                    let found = try Self.everything(store)
                    #expect(found == sample.truth, "seed \(seed), round \(round)")
                } catch {
                    refused += 1
                    #expect(
                        [
                            .damagedStore, .notAStore, .damagedRecord, .damagedVector,
                            .unsupportedFormat,
                        ].contains(error.code), "seed \(seed), round \(round): \(error)")
                }
            }
        }
        print("\(refused) of \(rounds) flips and cuts were refused")
        #expect(refused > rounds / 10 && refused < rounds)
    }

    /// `verify` misses nothing that a reader would notice, and never ends in anything but a list.
    @Test func verifyFindsWhatReadersFind() throws {
        let folder = try TemporaryFolder()
        let sample = try Sample(folder)
        try withEverySeed(0..<1) { generator, seed in
            for round in 0..<250 {
                var bytes = sample.bytes
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                try bytes.write(to: URL(fileURLWithPath: folder.dataFile))
                let faults = try FeatureStore.verify(path: folder.store).faults
                let isRead = (try? FeatureStore(path: folder.store, mode: .readOnly)).map { store in
                    defer { store.close() }
                    return (try? Self.everything(store)) != nil
                }
                if isRead != true {
                    #expect(!faults.isEmpty, "seed \(seed), round \(round), byte \(place)")
                }
            }
        }
    }
}
