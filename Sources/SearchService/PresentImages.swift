import FeatureStorage
import JSON

/// The images that a collection holds before an ingest, by path.
struct PresentImages {
    struct Image {
        let id: PointID
        var payload: JSONObject
        /// The fields in which it has a vector.
        var fields: Set<String>
    }

    private(set) var points: [String: Image] = [:]
    /// The number that the next new image gets as its id.
    private(set) var nextID: UInt64 = 0

    init(
        _ transaction: borrowing ReadTransaction, _ collection: StoredCollection
    ) throws(StorageError) {
        guard try transaction.pointCount(of: collection) > 0 else { return }
        var paths: [PointNumber: String] = [:]
        var payloads: [PointNumber: JSONObject] = [:]
        try transaction.forEachPayload(of: collection) { number, payload throws(StorageError) in
            if let path = payload["path"]?.stringValue {
                paths[number] = path
                payloads[number] = payload
            }
            return true
        }
        try transaction.forEachPoint(of: collection) { id, number throws(StorageError) in
            if case .number(let value) = id {
                guard value < .max else {
                    throw StorageError(
                        .invalidParameter,
                        "The collection uses the largest id there is, so images cannot be numbered on; "
                            + "use another collection.")
                }
                nextID = max(nextID, value + 1)
            }
            if let path = paths[number] {
                points[path] = Image(id: id, payload: payloads[number] ?? [:], fields: [])
            }
            return true
        }
        for field in try transaction.fields(of: collection) {
            for number in try transaction.numbersWithVector(of: field) {
                if let path = paths[number] { points[path]?.fields.insert(field.name) }
            }
        }
    }

    /// Notes a new image and gives it an id.
    ///
    /// - Throws: ``ServiceError`` with `invalidRequest` where ids have run out.
    mutating func add(_ path: String) throws(ServiceError) -> PointID {
        guard nextID < .max else {
            throw ServiceError(
                .invalidRequest, "The collection has no ids left; use another collection.")
        }
        let id = PointID.number(nextID)
        nextID += 1
        points[path] = Image(id: id, payload: [:], fields: [])
        return id
    }
}
