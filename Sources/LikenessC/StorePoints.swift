// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CLikeness
import FeatureStorage
import JSON
import SearchService

/// Writes points; see likeness.h.
@c @implementation
public func likeness_store_upsert(
    _ store: OpaquePointer?, _ collection: UnsafePointer<CChar>?,
    _ field: UnsafePointer<CChar>?, _ metric: UnsafePointer<CChar>?,
    _ vectors: UnsafePointer<likeness_vectors>?, _ ids: UnsafePointer<likeness_point_id>?,
    _ payloads: UnsafePointer<UnsafePointer<CChar>?>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let store = unsafe try openStore(store)
        var request = VectorUpsertRequest(
            collection: unsafe try text(collection, "collection"),
            vector: unsafe try text(field, "field"),
            metric: unsafe try LikenessC.metric(metric), entries: [])
        let lent = unsafe try LentVectors(vectors, "vectors")
        let ids = unsafe try pointIDs(ids, count: lent.count)
        request.entries.reserveCapacity(lent.count)
        for row in 0..<lent.count {
            let text = unsafe try optionalText(payloads.flatMap { unsafe $0[row] }, "payload")
            request.entries.append(
                VectorUpsertRequest.Entry(
                    id: ids[row], vector: try lent.stored(row),
                    payload: try text.map { text throws(Failure) in try payload(text, row) }))
        }
        _ = try serving { () throws(ServiceError) in try store.upsert(request) }
    }
}

/// A payload from its text.
private func payload(_ text: String, _ row: Int) throws(Failure) -> JSONObject {
    do throws(JSONError) {
        if let object = try JSONValue(parsing: text).objectValue { return object }
    } catch {
        throw .invalidArgument("The payload of row \(row) is no JSON: \(error.message)")
    }
    throw .invalidArgument("The payload of row \(row) is no JSON object; write it as {…}.")
}

/// Deletes points; see likeness.h.
@c @implementation
public func likeness_store_delete_points(
    _ store: OpaquePointer?, _ collection: UnsafePointer<CChar>?,
    _ ids: UnsafePointer<likeness_point_id>?, _ count: Int,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let store = unsafe try openStore(store)
        let collection = unsafe try text(collection, "collection")
        let ids = unsafe try pointIDs(ids, count: try LikenessC.count(count, "count"))
        try serving { () throws(ServiceError) in try store.deletePoints(ids, in: collection) }
    }
}

/// Reads points; see likeness.h.
@c @implementation
public func likeness_store_get_points(
    _ store: OpaquePointer?, _ collection: UnsafePointer<CChar>?,
    _ ids: UnsafePointer<likeness_point_id>?, _ count: Int,
    _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let store = unsafe try openStore(store)
        let collection = unsafe try text(collection, "collection")
        let ids = unsafe try pointIDs(ids, count: try LikenessC.count(count, "count"))
        let place = unsafe try required(json, "json")
        let records = try serving { () throws(ServiceError) in
            try store.points(ids, in: collection)
        }
        let values = zip(ids, records).map { id, record in
            record.map { JSONValue.object($0.object(id)) } ?? .null
        }
        unsafe place.pointee = owned(JSONValue.array(values).text())
    }
}

extension PointRecord {
    fileprivate func object(_ id: PointID) -> JSONObject {
        var dimensions = JSONObject()
        for vector in vectors { dimensions[vector.field] = .integer(Int64(vector.dimension)) }
        return ["id": id.json, "payload": payload, "vectors": .object(dimensions)]
    }
}

/// Deletes a collection; see likeness.h.
@c @implementation
public func likeness_store_delete_collection(
    _ store: OpaquePointer?, _ collection: UnsafePointer<CChar>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let store = unsafe try openStore(store)
        let collection = unsafe try text(collection, "collection")
        try serving { () throws(ServiceError) in try store.deleteCollection(collection) }
    }
}
