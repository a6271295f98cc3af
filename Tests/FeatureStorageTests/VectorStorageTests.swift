import FeatureStorage
import Foundation
import TestSupport
import Testing
import VectorCore

@Suite struct VectorStorageTests {
    @Test func keepsEveryElementTypeAsItCame() throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder, dimension: 1)
        let collection = small.collection
        try withEverySeed(0..<2) { generator, seed in
            for dimension in [1, 3, 257, 2048] {
                let vectors: [VectorData] = [
                    .f32(randomVectors(1, dimension: dimension, using: &generator)[0]),
                    .f16((0..<dimension).map { _ in Self.half(&generator) }),
                    .u8((0..<dimension).map { _ in UInt8.random(in: 0...255, using: &generator) }),
                ]
                for vector in vectors {
                    let name = "\(vector.elementType) \(dimension) \(seed)"
                    let (number, field) = try small.store.write {
                        transaction throws(StorageError) in
                        let field = try transaction.ensureField(
                            named: name, dimension: dimension, elementType: vector.elementType,
                            metric: .l2, of: collection)
                        let point = Point(id: .number(seed), vectors: [name: vector])
                        return (try transaction.upsert(point, into: collection), field)
                    }
                    try small.store.read { transaction throws(StorageError) in
                        #expect(try transaction.vector(of: number, field) == vector)
                        var floats = [Float](repeating: .nan, count: dimension)
                        var span = floats.mutableSpan
                        #expect(try transaction.copyVector(of: number, field, into: &span))
                        #expect(floats == vector.floats, "\(name)")
                    }
                }
            }
        }
    }

    private static func half(_ generator: inout SplitMix64) -> Float16 {
        let half = Float16(bitPattern: UInt16(truncatingIfNeeded: generator.next()))
        return half.isFinite ? half : 1
    }

    @Test func widensEveryHalfExactly() throws {
        let folder = try TemporaryFolder()
        let halves = (0...UInt16.max).map { Float16(bitPattern: $0) }.filter(\.isFinite)
        let small = try SmallStore(folder, dimension: halves.count, elementType: .f16)
        let (collection, field) = (small.collection, small.field)
        let number = try small.store.write { transaction throws(StorageError) in
            try transaction.upsert(
                Point(id: .number(0), vectors: ["v": .f16(halves)]), into: collection)
        }
        var floats = [Float](repeating: .nan, count: halves.count)
        try small.store.read { transaction throws(StorageError) in
            var span = floats.mutableSpan
            _ = try transaction.copyVector(of: number, field, into: &span)
        }
        #expect(floats.map(\.bitPattern) == halves.map { Float($0).bitPattern })
    }

    @Test func holdsVectorsOfMillions() throws {
        let folder = try TemporaryFolder()
        let dimension = 3_000_001
        let small = try SmallStore(folder, dimension: dimension, initialMapBytes: 1 << 20)
        let (collection, field) = (small.collection, small.field)
        let vector = VectorData.f32((0..<dimension).map { Float($0) })
        let number = try small.store.write { transaction throws(StorageError) in
            try transaction.upsert(
                Point(id: .number(0), vectors: ["v": vector]), into: collection)
        }
        let back = try small.store.read { transaction throws(StorageError) in
            try transaction.vector(of: number, field)
        }
        #expect(back == vector)
    }

    @Test func convertsOnlyWhatFits() throws {
        #expect(try VectorData([0, 255], as: .u8) == .u8([0, 255]))
        #expect(try VectorData([0.5, -2], as: .f16) == .f16([0.5, -2]))
        for (floats, type) in [
            ([1, 0.5], ElementType.u8), ([0, -1], .u8), ([0, 256], .u8), ([0, .nan], .u8),
            ([0, 70000], .f16),
        ] as [([Float], ElementType)] {
            let error = #expect(throws: StorageError.self) { try VectorData(floats, as: type) }
            #expect(error?.code == .notRepresentable)
            #expect(error?.message.contains("Number 1 ") == true)
        }
    }

    @Test func walksAFieldInTheOrderOfNumbers() throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder)
        for id in 0..<300 as Range<UInt64> { try small.upsert(1000 - id, Float(id)) }
        let (collection, field) = (small.collection, small.field)
        _ = try small.store.write { transaction throws(StorageError) in
            try transaction.deletePoint(.number(1000 - 17), from: collection)
        }
        try small.store.read { transaction throws(StorageError) in
            var seen: [UInt64] = []
            try transaction.forEachVector(of: field) { vector throws(StorageError) in
                seen.append(vector.number.rawValue)
                var floats = [Float](repeating: .nan, count: 4)
                var span = floats.mutableSpan
                try vector.copy(into: &span)
                #expect(floats == [Float](repeating: Float(vector.number.rawValue), count: 4))
                #expect(vector.sequence == vector.number.rawValue + 1)
                return true
            }
            #expect(seen == (0..<300).filter { $0 != 17 })
            var some: [UInt64] = []
            let first = PointNumber(rawValue: 200)
            try transaction.forEachVector(of: field, from: first) { vector throws(StorageError) in
                some.append(vector.number.rawValue)
                return some.count < 3
            }
            #expect(some == [200, 201, 202])
        }
    }

    @Test func refusesVectorsThatDoNotFit() throws {
        let folder = try TemporaryFolder()
        let small = try SmallStore(folder, dimension: 3)
        let (store, collection) = (small.store, small.collection)
        func refusal(_ vectors: [String: VectorData]) -> StorageError? {
            #expect(throws: StorageError.self) {
                try store.write { transaction throws(StorageError) in
                    try transaction.upsert(
                        Point(id: .number(5), vectors: vectors), into: collection)
                }
            }
        }
        let long = refusal(["v": .f32([1, 2, 3, 4])])
        #expect(long?.code == .dimensionMismatch)
        #expect(long?.message.contains("4 numbers") == true)
        let nan = refusal(["v": .f32([1, 2, .nan])])
        #expect(nan?.code == .notFinite)
        #expect(nan?.message.contains("Number 2 of the vector “v” of point 5 is nan") == true)
        #expect(refusal(["v": .f32([-.infinity, 2, 3])])?.code == .notFinite)
        let far = refusal(["v": .f32([1, 3e38, 2])])
        #expect(far?.code == .notRepresentable)
        #expect(far?.message.contains("scale all vectors down") == true)
        #expect(refusal(["v": .u8([1, 2, 3])])?.code == .fieldMismatch)
        let unknown = refusal(["w": .f32([1, 2, 3])])
        #expect(unknown?.code == .noSuchField)
        #expect(unknown?.message.contains("are v.") == true)
        try store.read { transaction throws(StorageError) in
            #expect(try transaction.pointCount(of: collection) == 0)
            #expect(try transaction.headSequence() == 0)
        }
    }
}
