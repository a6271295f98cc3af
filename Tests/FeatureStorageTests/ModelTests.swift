import FeatureStorage
import Foundation
import JSON
import TestSupport
import Testing
import VectorCore

/// Random operations, compared with a dictionary after every few, with reopening in between.
@Suite struct ModelTests {
    private struct Model {
        struct Entry: Equatable {
            var number: UInt64
            var payload: JSONObject
            var vectors: [String: VectorData]
        }
        var points: [PointID: Entry] = [:]
        var nextNumber: UInt64 = 0
        var log: [(LogEntry.Operation, UInt64)] = []
    }

    private static let fields: [(name: String, dimension: Int, type: ElementType)] = [
        ("a", 3, .f32), ("b", 600, .f16), ("c", 5000, .u8),
    ]

    @Test func behavesLikeADictionary() throws {
        try withEverySeed(0..<6) { generator, seed in
            let folder = try TemporaryFolder()
            var store = try FeatureStore(
                path: folder.store, mode: .readWrite, create: true, initialMapBytes: 1 << 17)
            let collection = try store.write { transaction throws(StorageError) in
                let collection = try transaction.createCollection(named: "c")
                for field in Self.fields {
                    _ = try transaction.ensureField(
                        named: field.name, dimension: field.dimension, elementType: field.type,
                        metric: .l2, of: collection)
                }
                return collection
            }
            var model = Model()
            for step in 0..<240 {
                try Self.change(store, collection, &model, &generator)
                if step % 40 == 39 {
                    if Bool.random(using: &generator) {
                        store.close()
                        store = try FeatureStore(
                            path: folder.store, mode: .readWrite, create: false,
                            initialMapBytes: 1 << 17)
                    }
                    try Self.compare(store, collection, model, "seed \(seed), step \(step)")
                }
            }
            store.close()
        }
    }

    private static func change(
        _ store: FeatureStore, _ collection: StoredCollection, _ model: inout Model,
        _ generator: inout SplitMix64
    ) throws {
        let raw = UInt64.random(in: 0..<40, using: &generator)
        let uuid = String(format: "00000000-0000-0000-0000-%012llx", raw)
        let id = raw.isMultiple(of: 3) ? try PointID(uuid) : .number(raw << 8)
        var vectors: [String: VectorData] = [:]
        for field in Self.fields where Bool.random(using: &generator) {
            let floats = (0..<field.dimension).map { _ in
                Float(Int.random(in: 0...255, using: &generator))
            }
            vectors[field.name] = try VectorData(floats, as: field.type)
        }
        let payload: JSONObject = ["n": .integer(Int64(bitPattern: generator.next()))]
        let existing = model.points[id]
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<5:
            let point = Point(id: id, payload: payload, vectors: vectors)
            let number = try store.write { t throws(StorageError) in
                try t.upsert(point, into: collection)
            }
            if existing == nil { model.nextNumber += 1 }
            model.points[id] = .init(
                number: existing?.number ?? model.nextNumber - 1, payload: payload,
                vectors: vectors)
            #expect(number.rawValue == model.points[id]?.number)
            model.log.append((.upsert, number.rawValue))
        case 5..<7:
            let isDeleted = try store.write { t throws(StorageError) in
                try t.deletePoint(id, from: collection)
            }
            #expect(isDeleted == (existing != nil))
            if let existing { model.log.append((.deletePoint, existing.number)) }
            model.points[id] = nil
        case 7..<9:
            var changes: [String: VectorData?] = vectors
            for field in Self.fields where vectors[field.name] == nil {
                if Bool.random(using: &generator) { changes[field.name] = .some(nil) }
            }
            let sent = changes
            let refusal = code { () throws(StorageError) in
                try store.write { t throws(StorageError) in
                    try t.setVectors(sent, of: id, in: collection)
                }
            }
            #expect(refusal == (existing == nil ? .noSuchPoint : nil))
            guard let existing else { return }
            var isChanged = false
            for (name, vector) in changes {
                isChanged = isChanged || vector != nil || existing.vectors[name] != nil
                model.points[id]?.vectors[name] = vector
            }
            if isChanged { model.log.append((.setVectors, existing.number)) }
        default:
            let refusal = code { () throws(StorageError) in
                try store.write { t throws(StorageError) in
                    try t.setPayload(payload, of: id, in: collection)
                }
            }
            #expect(refusal == (existing == nil ? .noSuchPoint : nil))
            guard let existing else { return }
            model.points[id]?.payload = payload
            model.log.append((.setPayload, existing.number))
        }
    }

    private static func compare(
        _ store: FeatureStore, _ collection: StoredCollection, _ model: Model, _ place: String
    ) throws {
        try store.read { transaction throws(StorageError) in
            let fields = try transaction.fields(of: collection)
            let comment = Comment(rawValue: place)
            #expect(try transaction.pointCount(of: collection) == model.points.count, comment)
            var ids: [PointID] = []
            try transaction.forEachPoint(of: collection) { id, number throws(StorageError) in
                ids.append(id)
                var vectors: [String: VectorData] = [:]
                for field in fields {
                    vectors[field.name] = try transaction.vector(of: number, field)
                }
                let entry = Model.Entry(
                    number: number.rawValue,
                    payload: try transaction.payload(of: number, in: collection) ?? [:],
                    vectors: vectors)
                #expect(entry == model.points[id], comment)
                #expect(try transaction.id(of: number, in: collection) == id, comment)
                return true
            }
            #expect(ids == model.points.keys.sorted(), comment)
            let numbers = model.points.values.map(\.number).sorted()
            var byNumber: [UInt64] = []
            try transaction.forEachNumber(of: collection) { number, _ throws(StorageError) in
                byNumber.append(number.rawValue)
                return true
            }
            #expect(byNumber == numbers, comment)
            var payloads: [UInt64] = []
            try transaction.forEachPayload(of: collection) { number, _ throws(StorageError) in
                payloads.append(number.rawValue)
                return true
            }
            #expect(payloads == numbers, comment)
            for field in fields {
                let expected = model.points.values.filter { $0.vectors[field.name] != nil }
                var found: [UInt64] = []
                try transaction.forEachVector(of: field) { vector throws(StorageError) in
                    found.append(vector.number.rawValue)
                    return true
                }
                #expect(found == expected.map(\.number).sorted(), comment)
                #expect(try transaction.vectorCount(of: field) == found.count, comment)
            }
            let changes = try transaction.changes(after: 0)
            #expect(changes.map(\.operation) == model.log.map(\.0), comment)
            #expect(changes.map(\.number.rawValue) == model.log.map(\.1), comment)
            #expect(try transaction.headSequence() == UInt64(model.log.count), comment)
        }
    }
}
