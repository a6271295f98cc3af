// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CLikeness
import Likeness
import SearchService

/// Adds vectors; see likeness.h.
@c @implementation
public func likeness_index_add(
    _ index: OpaquePointer?, _ vectors: UnsafePointer<likeness_vectors>?,
    _ ids: UnsafePointer<UInt64>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let index = unsafe try openIndex(index)
        let lent = unsafe try LentVectors(vectors, "vectors")
        let matrix = try lent.borrowedMatrix(threads: 1)
        let ids = unsafe numbers(ids, count: lent.count)
        try serving { () throws(ServiceError) in try index.add(matrix, ids: ids) }
    }
}

/// Replaces vectors and adds others; see likeness.h.
@c @implementation
public func likeness_index_upsert(
    _ index: OpaquePointer?, _ vectors: UnsafePointer<likeness_vectors>?,
    _ ids: UnsafePointer<UInt64>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let index = unsafe try openIndex(index)
        let lent = unsafe try LentVectors(vectors, "vectors")
        let matrix = try lent.borrowedMatrix(threads: 1)
        let ids = unsafe numbers(
            lent.count == 0 ? nil : try required(ids, "ids"), count: lent.count)
        try serving { () throws(ServiceError) in try index.upsert(matrix, ids: ids ?? []) }
    }
}

/// Removes vectors; see likeness.h.
@c @implementation
public func likeness_index_remove(
    _ index: OpaquePointer?, _ ids: UnsafePointer<UInt64>?, _ count: Int,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let index = unsafe try openIndex(index)
        let count = try LikenessC.count(count, "count")
        let ids = unsafe numbers(count == 0 ? nil : try required(ids, "ids"), count: count)
        try serving { () throws(ServiceError) in try index.remove(ids ?? []) }
    }
}

/// Measures with queries how well searches find; see likeness.h.
@c @implementation
public func likeness_index_tune(
    _ index: OpaquePointer?, _ queries: UnsafePointer<likeness_vectors>?, _ threads: Int,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let index = unsafe try openIndex(index)
        let threads = threads == 0 ? nil : threads < 0 ? Int.max : threads
        let lent = unsafe try LentVectors(queries, "queries")
        // The index keeps them, so they are its own.
        let matrix = try lent.matrix(threads: Engine.threads(threads))
        try serving { () throws(ServiceError) in try index.tune(matrix, threads: threads) }
    }
}

/// Does what changes have left for later; see likeness.h.
@c @implementation
public func likeness_index_settle(
    _ index: OpaquePointer?, _ threads: Int,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let index = unsafe try openIndex(index)
        let threads = threads == 0 ? nil : threads < 0 ? .max : threads
        try serving { () throws(ServiceError) in try index.settle(threads: threads) }
    }
}
