// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CLikeness
import SearchService

typealias StoreHandle = Handle<Engine>

/// The store behind a handle of C.
@unsafe
func openStore(_ pointer: OpaquePointer?) throws(Failure) -> Engine {
    try unsafe StoreHandle.from(pointer, "store").open()
}

/// Opens a store; see likeness.h.
@c @implementation
public func likeness_store_open(
    _ path: UnsafePointer<CChar>?, _ writable: Bool,
    _ store: UnsafeMutablePointer<OpaquePointer?>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let place = unsafe try required(store, "store")
        let path = unsafe try text(path, "path")
        let opened = try serving { () throws(ServiceError) in
            try Engine(store: path, access: writable ? .readWrite : .readOnly)
        }
        unsafe place.pointee = StoreHandle(opened, named: "store").given()
    }
}

/// Closes a store; see likeness.h.
@c @implementation
public func likeness_store_close(_ store: OpaquePointer?) {
    unsafe try? StoreHandle.from(store, "store").close()
}

/// Frees a store's handle; see likeness.h.
@c @implementation
public func likeness_store_free(_ store: OpaquePointer?) {
    unsafe StoreHandle.free(store)
}
