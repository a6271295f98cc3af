// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CLikeness
import JSON
import PayloadFilter
import SearchService

/// Counts the points that fulfil a filter; see likeness.h.
@c @implementation
public func likeness_store_count_points(
    _ store: OpaquePointer?, _ collection: UnsafePointer<CChar>?,
    _ filter: UnsafePointer<CChar>?, _ count: UnsafeMutablePointer<Int>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let store = unsafe try openStore(store)
        let collection = unsafe try text(collection, "collection")
        let filter = try LikenessC.filter(unsafe try optionalText(filter, "filter"))
        let place = unsafe try required(count, "count")
        let found = try serving { () throws(ServiceError) in
            guard let filter else { return try store.pointCount(in: collection) }
            return try store.pointCount(in: collection, matching: filter)
        }
        unsafe place.pointee = found
    }
}

/// Makes an index over a key of payloads; see likeness.h.
@c @implementation
public func likeness_store_create_payload_index(
    _ store: OpaquePointer?, _ collection: UnsafePointer<CChar>?,
    _ key: UnsafePointer<CChar>?, _ type: UnsafePointer<CChar>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let store = unsafe try openStore(store)
        let collection = unsafe try text(collection, "collection")
        let key = unsafe try fieldPath(key)
        let name = unsafe try text(type, "type")
        guard let type = PayloadIndexType(rawValue: name) else {
            throw .invalidArgument(
                "“\(name)” is no type of payload index; the types are keyword, integer and float.")
        }
        _ = try serving { () throws(ServiceError) in
            try store.createPayloadIndex(on: key, type: type, in: collection)
        }
    }
}

/// Deletes the index over a key of payloads; see likeness.h.
@c @implementation
public func likeness_store_delete_payload_index(
    _ store: OpaquePointer?, _ collection: UnsafePointer<CChar>?,
    _ key: UnsafePointer<CChar>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let store = unsafe try openStore(store)
        let collection = unsafe try text(collection, "collection")
        let key = unsafe try fieldPath(key)
        try serving { () throws(ServiceError) in
            try store.deletePayloadIndex(on: key, in: collection)
        }
    }
}

extension PayloadIndexSummary {
    /// What a store says of it.
    var object: JSONObject {
        [
            "key": .string(field.description), "type": .string(type.rawValue),
            "entries": .integer(Int64(entryCount)), "complete": .bool(isComplete),
        ]
    }
}
