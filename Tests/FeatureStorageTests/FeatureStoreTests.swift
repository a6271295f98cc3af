import FeatureStorage
import Foundation
import JSON
import TestSupport
import Testing
import VectorCore

@Suite struct FeatureStoreTests {
    @Test func keepsWhatIsWritten() throws {
        let folder = try TemporaryFolder()
        let uuid = try PointID("f47ac10b-58cc-4372-a567-0e02b2c3d479")
        let identifier: UUID
        do {
            let store = try FeatureStore(path: folder.store, mode: .readWrite, create: true)
            identifier = store.identifier
            let numbers = try store.write { transaction throws(StorageError) in
                let pictures = try transaction.createCollection(
                    named: "pictures", imageRoot: "/photos")
                _ = try transaction.ensureField(
                    named: "lite0/top_conv.avg", dimension: 3, elementType: .f32, metric: .cosine,
                    extractor: "lite0/top_conv.avg", of: pictures)
                _ = try transaction.ensureField(
                    named: "small", dimension: 2, elementType: .u8, metric: .minkowski(p: 3),
                    of: pictures)
                return try transaction.upsert(
                    [
                        Point(
                            id: .number(7), payload: ["path": "a.jpg", "n": 1],
                            vectors: [
                                "lite0/top_conv.avg": .f32([3, 4, 0]), "small": .u8([0, 255]),
                            ]),
                        Point(id: uuid, payload: ["x": 1.0]),
                    ], into: pictures)
            }
            #expect(numbers.map(\.rawValue) == [0, 1])
            store.close()
        }
        let store = try FeatureStore(path: folder.store, mode: .readOnly)
        #expect(store.identifier == identifier)
        try store.read { transaction throws(StorageError) in
            let pictures = try transaction.existingCollection(named: "pictures")
            #expect(pictures.imageRoot == "/photos")
            #expect(try transaction.collections() == [pictures])
            #expect(try transaction.pointCount(of: pictures) == 2)
            let fields = try transaction.fields(of: pictures)
            #expect(fields.map(\.name) == ["lite0/top_conv.avg", "small"])
            #expect(fields.map(\.dimension) == [3, 2])
            #expect(fields.map(\.elementType) == [.f32, .u8])
            #expect(fields.map(\.metric) == [.cosine, .minkowski(p: 3)])
            #expect(fields.map(\.extractor) == ["lite0/top_conv.avg", nil])
            let number = try transaction.existingNumber(of: .number(7), in: pictures)
            #expect(try transaction.vector(of: number, fields[0]) == .f32([3, 4, 0]))
            #expect(try transaction.vector(of: number, fields[1]) == .u8([0, 255]))
            let payload = try transaction.payload(of: number, in: pictures)
            #expect(payload?.description == #"{"path":"a.jpg","n":1}"#)
            let other = try transaction.existingNumber(of: uuid, in: pictures)
            #expect(try transaction.payload(of: other, in: pictures)?["x"] == .number(1))
            #expect(try transaction.vector(of: other, fields[0]) == nil)
            #expect(try transaction.id(of: other, in: pictures) == uuid)
            #expect(try transaction.vectorCount(of: fields[0]) == 1)
            #expect(try transaction.headSequence() == 2)
            #expect(try transaction.changes(after: 0).map(\.operation) == [.upsert, .upsert])
        }
    }
}
