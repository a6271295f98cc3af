import FeatureStorage
import Foundation
import JSON
import TestSupport
import Testing
import VectorCore

/// What can be done about a vector or a payload that has rotted on the disk.
@Suite struct RepairTests {
    private static let dimension = 700

    /// A store with points 0, 1 and 2, of which 1 has a damaged vector and 2 a damaged payload.
    private struct Damaged {
        let store: FeatureStore
        let collection: StoredCollection
        let field: VectorField

        init(_ folder: TemporaryFolder) throws {
            let small = try SmallStore(folder, dimension: RepairTests.dimension)
            for id in 0..<3 as Range<UInt64> { try small.upsert(id, Float(id) + 0.123) }
            small.store.close()
            let url = URL(fileURLWithPath: folder.dataFile)
            var bytes = try Data(contentsOf: url)
            let number = unsafe withUnsafeBytes(of: Float(1.123)) { unsafe Data($0) }
            let vector = try #require(bytes.firstRange(of: number + number + number + number))
            let payload = try #require(bytes.firstRange(of: Data(#"{"value":2.12"#.utf8)))
            bytes[vector.lowerBound + 401] ^= 0x04
            bytes[payload.upperBound - 1] ^= 0x01
            try bytes.write(to: url)
            store = try FeatureStore(path: folder.store, mode: .readWrite)
            collection = small.collection
            field = small.field
            #expect(try vectorIsDamaged() && payloadIsDamaged())
        }

        func vectorIsDamaged() throws(StorageError) -> Bool {
            try store.read { transaction throws(StorageError) in
                code { () throws(StorageError) in
                    _ = try transaction.vector(of: PointNumber(rawValue: 1), field)
                } == .damagedVector
            }
        }

        func payloadIsDamaged() throws(StorageError) -> Bool {
            try store.read { transaction throws(StorageError) in
                code { () throws(StorageError) in
                    _ = try transaction.payload(of: PointNumber(rawValue: 2), in: collection)
                } == .damagedRecord
            }
        }

        /// All vectors, each by its first number, by the numbers of their points.
        func values() throws(StorageError) -> [UInt64: Float] {
            try store.read { transaction throws(StorageError) in
                let (numbers, matrix) = try transaction.matrix(of: field)
                #expect(matrix.rows == numbers.count && matrix.columns == RepairTests.dimension)
                var values: [UInt64: Float] = [:]
                for (row, number) in numbers.enumerated() {
                    let vector = matrix.vector(row)
                    #expect(vector == [Float](repeating: vector[0], count: vector.count))
                    values[number.rawValue] = vector[0]
                }
                return values
            }
        }
    }

    private static func vector(_ value: Float) -> VectorData {
        .f32([Float](repeating: value, count: dimension))
    }

    @Test func whoHasAVectorIsKnownDespiteDamage() throws {
        let folder = try TemporaryFolder()
        let damaged = try Damaged(folder)
        try damaged.store.read { transaction throws(StorageError) in
            let numbers = try transaction.numbersWithVector(of: damaged.field)
            #expect(numbers.map(\.rawValue) == [0, 1, 2])
            let late = try transaction.numbersWithVector(
                of: damaged.field, from: PointNumber(rawValue: 1))
            #expect(late.map(\.rawValue) == [1, 2])
            for (number, expected) in [(0, true), (1, true), (3, false)] as [(UInt64, Bool)] {
                let number = PointNumber(rawValue: number)
                #expect(try transaction.hasVector(of: number, damaged.field) == expected)
            }
        }
        #expect(code { () throws(StorageError) in _ = try damaged.values() } == .damagedVector)
    }

    @Test func upsertRepairs() throws {
        let folder = try TemporaryFolder()
        let damaged = try Damaged(folder)
        let collection = damaged.collection
        try damaged.store.write { transaction throws(StorageError) in
            for id in 1...2 as ClosedRange<UInt64> {
                let number = try transaction.upsert(
                    Point(
                        id: .number(id), payload: ["value": .integer(Int64(id))],
                        vectors: ["v": Self.vector(Float(10 * id))]), into: collection)
                #expect(number.rawValue == id)
            }
        }
        #expect(try damaged.values() == [0: 0.123, 1: 10, 2: 20])
        try damaged.store.read { transaction throws(StorageError) in
            let payload = try transaction.payload(of: PointNumber(rawValue: 2), in: collection)
            #expect(payload == ["value": .integer(2)])
            #expect(try transaction.vectorCount(of: damaged.field) == 3)
        }
    }

    @Test func upsertWithoutTheVectorRemovesIt() throws {
        let folder = try TemporaryFolder()
        let damaged = try Damaged(folder)
        try damaged.store.write { transaction throws(StorageError) in
            try transaction.upsert(Point(id: .number(1)), into: damaged.collection)
        }
        #expect(try damaged.values() == [0: 0.123, 2: 2.123])
    }

    @Test(arguments: [nil, 5] as [Float?])
    func setVectorsRepairs(value: Float?) throws {
        let folder = try TemporaryFolder()
        let damaged = try Damaged(folder)
        try damaged.store.write { transaction throws(StorageError) in
            try transaction.setVectors(
                ["v": value.map(Self.vector)], of: .number(1), in: damaged.collection)
        }
        #expect(try damaged.values() == [0: 0.123, 1: value, 2: 2.123].compactMapValues { $0 })
    }

    @Test func setPayloadRepairs() throws {
        let folder = try TemporaryFolder()
        let damaged = try Damaged(folder)
        try damaged.store.write { transaction throws(StorageError) in
            try transaction.setPayload(["a": true], of: .number(2), in: damaged.collection)
        }
        #expect(try damaged.payloadIsDamaged() == false)
        #expect(try damaged.vectorIsDamaged(), "the rest is left alone")
    }

    @Test func damagedPointsCanBeDeleted() throws {
        let folder = try TemporaryFolder()
        let damaged = try Damaged(folder)
        try damaged.store.write { transaction throws(StorageError) in
            for id in 1...2 as ClosedRange<UInt64> {
                #expect(try transaction.deletePoint(.number(id), from: damaged.collection))
            }
        }
        #expect(try damaged.values() == [0: 0.123])
        try damaged.store.read { transaction throws(StorageError) in
            #expect(try transaction.pointCount(of: damaged.collection) == 1)
            #expect(try transaction.vectorCount(of: damaged.field) == 1)
        }
    }
}
