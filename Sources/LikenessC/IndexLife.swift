// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CLikeness
import IndexCatalog
import IndexDefinitions
import Likeness
import SearchService
import VectorCore

typealias IndexHandle = Handle<StandaloneIndex>

/// The index behind a handle of C.
@unsafe
@inline(__always)
func openIndex(_ pointer: OpaquePointer?) throws(Failure) -> StandaloneIndex {
    try unsafe IndexHandle.from(pointer, "index").open()
}

/// Builds an index; see likeness.h.
@c @implementation
public func likeness_index_build(
    _ vectors: UnsafePointer<likeness_vectors>?, _ ids: UnsafePointer<UInt64>?,
    _ options: UnsafePointer<likeness_build_options>?,
    _ index: UnsafeMutablePointer<OpaquePointer?>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let place = unsafe try required(index, "index")
        let choice = unsafe try BuildChoice(options)
        let lent = unsafe try LentVectors(vectors, "vectors")
        let threads = Engine.threads(choice.threads)
        // Some kinds make a copy of their own; the others share what they are given.
        let estimate = choice.definition.memory(
            count: 0, dimension: 1, metric: .l2, options: BuildOptions(threads: 1))
        let matrix =
            !estimate.sharesVectors
            ? try lent.borrowedMatrix(threads: threads) : try lent.matrix(threads: threads)
        let ids = unsafe numbers(ids, count: lent.count)
        let built = try serving { () throws(ServiceError) in
            try StandaloneIndex.build(
                matrix, ids: ids, kind: choice.definition.kind, metric: choice.metric ?? .l2,
                options: choice.options)
        }
        unsafe place.pointee = IndexHandle(built, named: "index").given()
    }
}

/// Opens an index that was saved; see likeness.h.
@c @implementation
public func likeness_index_open(
    _ path: UnsafePointer<CChar>?, _ loads: Bool,
    _ index: UnsafeMutablePointer<OpaquePointer?>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let place = unsafe try required(index, "index")
        let path = unsafe try text(path, "path")
        let opened = try serving { () throws(ServiceError) in
            try StandaloneIndex.open(path, loading: loads)
        }
        unsafe place.pointee = IndexHandle(opened, named: "index").given()
    }
}

/// Saves an index; see likeness.h.
@c @implementation
public func likeness_index_save(
    _ index: OpaquePointer?, _ path: UnsafePointer<CChar>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let index = unsafe try openIndex(index)
        let path = unsafe try text(path, "path")
        try serving { () throws(ServiceError) in try index.save(to: path) }
    }
}

/// Closes an index; see likeness.h.
@c @implementation
public func likeness_index_close(_ index: OpaquePointer?) {
    unsafe try? IndexHandle.from(index, "index").close()
}

/// Frees an index's handle; see likeness.h.
@c @implementation
public func likeness_index_free(_ index: OpaquePointer?) {
    unsafe IndexHandle.free(index)
}
