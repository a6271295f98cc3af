// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CLikeness
import SearchService

/// Counts a field's vectors; see likeness.h.
@c @implementation
public func likeness_store_count_vectors(
    _ store: OpaquePointer?, _ collection: UnsafePointer<CChar>?,
    _ field: UnsafePointer<CChar>?, _ count: UnsafeMutablePointer<Int>?,
    _ dimension: UnsafeMutablePointer<Int>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let store = unsafe try openStore(store)
        let collection = unsafe try text(collection, "collection")
        let field = unsafe try optionalText(field, "field")
        let count = unsafe try required(count, "count")
        let dimension = unsafe try required(dimension, "dimension")
        let summary = try serving { () throws(ServiceError) in
            try store.field(field, of: collection)
        }
        unsafe count.pointee = summary.count
        unsafe dimension.pointee = summary.dimension
    }
}

/// Reads all vectors of a field; see likeness.h.
@c @implementation
public func likeness_store_get_vectors(
    _ store: OpaquePointer?, _ collection: UnsafePointer<CChar>?,
    _ field: UnsafePointer<CChar>?, _ ids: UnsafeMutablePointer<likeness_point_id>?,
    _ vectors: UnsafeMutablePointer<Float>?, _ capacity: Int,
    _ count: UnsafeMutablePointer<Int>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let store = unsafe try openStore(store)
        let collection = unsafe try text(collection, "collection")
        let field = unsafe try optionalText(field, "field")
        let count = unsafe try required(count, "count")
        let capacity = try LikenessC.count(capacity, "capacity")
        let present = try serving { () throws(ServiceError) in
            try store.field(field, of: collection).count
        }
        func tooLittle(_ needed: String) -> Failure {
            .invalidArgument(
                "There is room for \(capacity) vectors, and the field has \(needed); give more.")
        }
        guard present <= capacity else { throw tooLittle("\(present)") }
        guard capacity > 0 else {
            unsafe count.pointee = 0
            return
        }
        let ids = unsafe try required(ids, "ids")
        let vectors = unsafe try required(vectors, "vectors")
        var row = 0
        var isFull = false
        try serving { () throws(ServiceError) in
            try store.forEachVector(field, of: collection) { id, vector in
                // More may have come since they were counted.
                guard row < capacity else {
                    isFull = true
                    return false
                }
                unsafe ids[row] = id.given
                for i in vector.indices { unsafe vectors[row * vector.count + i] = vector[i] }
                row += 1
                return true
            }
        }
        guard !isFull else { throw tooLittle("more now") }
        unsafe count.pointee = row
    }
}
