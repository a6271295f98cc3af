import FeatureStorage
import JSON
import VectorCore

/// A store with one collection `c` and one field `v`.
struct SmallStore {
    let store: FeatureStore
    let collection: StoredCollection
    let field: VectorField

    init(
        _ folder: TemporaryFolder, dimension: Int = 4, elementType: ElementType = .f32,
        initialMapBytes: Int = 1 << 30
    ) throws {
        store = try FeatureStore(
            path: folder.store, mode: .readWrite, create: true, initialMapBytes: initialMapBytes)
        (collection, field) = try store.write { transaction throws(StorageError) in
            let collection = try transaction.createCollection(named: "c")
            let field = try transaction.ensureField(
                named: "v", dimension: dimension, elementType: elementType, metric: .l2,
                of: collection)
            return (collection, field)
        }
    }

    /// Opens what `init(_:)` made.
    init(reopening folder: TemporaryFolder) throws {
        store = try FeatureStore(path: folder.store, mode: .readWrite)
        (collection, field) = try store.read { transaction throws(StorageError) in
            let collection = try transaction.existingCollection(named: "c")
            return (collection, try transaction.existingField(named: "v", of: collection))
        }
    }

    /// Writes a point whose vector holds `value` in every place.
    @discardableResult
    func upsert(_ id: UInt64, _ value: Float) throws(StorageError) -> PointNumber {
        let (collection, field) = (collection, field)
        return try store.write { transaction throws(StorageError) in
            try transaction.upsert(
                Point(
                    id: .number(id), payload: ["value": .number(Double(value))],
                    vectors: ["v": .f32([Float](repeating: value, count: field.dimension))]),
                into: collection)
        }
    }
}

/// The code of the error that `body` throws, or nil where it throws none.
func code(_ body: () throws(StorageError) -> Void) -> StorageError.Code? {
    do {
        try body()
        return nil
    } catch {
        return error.code
    }
}
