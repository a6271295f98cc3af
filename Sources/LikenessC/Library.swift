// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CLikeness
import Glibc
import SearchService

/// The name of a status; see likeness.h.
@c @implementation
public func likeness_status_name(_ status: likeness_status) -> UnsafePointer<CChar>? {
    let name: StaticString =
        switch Int(status) {
        case LIKENESS_OK: "LIKENESS_OK"
        case LIKENESS_INVALID_ARGUMENT: "LIKENESS_INVALID_ARGUMENT"
        case LIKENESS_NOT_FOUND: "LIKENESS_NOT_FOUND"
        case LIKENESS_INVALID_DATA: "LIKENESS_INVALID_DATA"
        case LIKENESS_UNSUPPORTED: "LIKENESS_UNSUPPORTED"
        case LIKENESS_UNAVAILABLE: "LIKENESS_UNAVAILABLE"
        case LIKENESS_INPUT_OUTPUT: "LIKENESS_INPUT_OUTPUT"
        case LIKENESS_BUSY: "LIKENESS_BUSY"
        case LIKENESS_CLOSED: "LIKENESS_CLOSED"
        default: "an unknown likeness_status"
        }
    return unsafe characters(name)
}

/// The library's version; see likeness.h.
@c @implementation
public func likeness_version() -> UnsafePointer<CChar>? {
    unsafe characters(Engine.version)
}

/// Frees a string that this library gave; see likeness.h.
@c @implementation
public func likeness_string_free(_ string: UnsafeMutablePointer<CChar>?) {
    unsafe free(string)
}

/// The bytes of a literal, which end with a zero and are there for ever.
private func characters(_ text: StaticString) -> UnsafePointer<CChar> {
    unsafe UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}
