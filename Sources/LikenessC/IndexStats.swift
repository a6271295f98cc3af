// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CLikeness
import IndexCatalog
import IndexDefinitions
import JSON
import Likeness
import SearchService
import VectorCore

/// Tells what an index is; see likeness.h.
@c @implementation
public func likeness_index_get_stats(
    _ index: OpaquePointer?, _ stats: UnsafeMutablePointer<likeness_index_stats>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let index = unsafe try openIndex(index)
        let place = unsafe try required(stats, "stats")
        guard var filled = unsafe try known(UnsafePointer(place), as: likeness_index_stats())
        else { return }
        filled.count = index.count
        filled.dimension = index.dimension
        filled.memory_bytes = index.memoryBytes
        unsafe withUnsafeMutableBytes(of: &filled.kind) {
            unsafe write(index.kind.rawValue, to: $0)
        }
        unsafe withUnsafeMutableBytes(of: &filled.metric) {
            unsafe write(index.metric.description, to: $0)
        }
        unsafe withUnsafeMutableBytes(of: &filled.codes) {
            unsafe write(index.parameters.word("codes") ?? "", to: $0)
        }
        filled.rebuilds = index.rebuilds.values.reduce(0, +)
        filled.codes_fit = index.warning == nil
        // The caller's own size stays, and nothing behind it is touched.
        let size = filled.size
        unsafe withUnsafeBytes(of: filled) { source in
            unsafe UnsafeMutableRawPointer(place)
                .copyMemory(from: source.baseAddress ?? UnsafeRawPointer(place), byteCount: size)
        }
    }
}

/// Tells why the last work in the background failed; see likeness.h.
@c @implementation
public func likeness_index_get_fault(
    _ index: OpaquePointer?, _ fault: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe tell(index, fault, "fault", message) { $0.fault?.message }
}

/// Tells what recall was measured with which setting; see likeness.h.
@c @implementation
public func likeness_index_get_operating_points(
    _ index: OpaquePointer?, _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe tell(index, json, "json", message) { index in
        index.operatingPoints.map { JSONValue.object($0.json).text() }
    }
}

/// Tells how often the index was built anew; see likeness.h.
@c @implementation
public func likeness_index_get_rebuilds(
    _ index: OpaquePointer?, _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe tell(index, json, "json", message) { index in
        let rebuilds = index.rebuilds.sorted { $0.key.rawValue < $1.key.rawValue }
        let object = rebuilds.reduce(into: JSONObject()) {
            $0[$1.key.rawValue] = .integer(Int64($1.value))
        }
        return JSONValue.object(object).text()
    }
}

/// Tells which kinds of index there are; see likeness.h.
@c @implementation
public func likeness_get_kinds(
    _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let place = unsafe try required(json, "json")
        unsafe place.pointee = owned(Engine.kindsJSON.text())
    }
}

/// Writes the ids of all vectors; see likeness.h.
@c @implementation
public func likeness_index_get_ids(
    _ index: OpaquePointer?, _ ids: UnsafeMutablePointer<UInt64>?, _ capacity: Int,
    _ count: UnsafeMutablePointer<Int>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let index = unsafe try openIndex(index)
        let capacity = try LikenessC.count(capacity, "capacity")
        let place = unsafe try required(count, "count")
        let all = index.ids
        unsafe place.pointee = all.count
        guard all.count <= capacity else {
            throw .invalidArgument(
                "There is room for \(capacity) ids, and the index has \(all.count); give more.")
        }
        guard !all.isEmpty else { return }
        let ids = unsafe try required(ids, "ids")
        for (position, id) in all.enumerated() { unsafe ids[position] = id }
    }
}

/// Writes the vectors with some ids; see likeness.h.
@c @implementation
public func likeness_index_get_vectors(
    _ index: OpaquePointer?, _ ids: UnsafePointer<UInt64>?, _ count: Int,
    _ vectors: UnsafeMutablePointer<Float>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let index = unsafe try openIndex(index)
        let count = try LikenessC.count(count, "count")
        guard count > 0 else { return }
        let ids = unsafe try required(ids, "ids")
        let place = unsafe try required(vectors, "vectors")
        let wanted = unsafe Array(UnsafeBufferPointer(start: ids, count: count))
        let found = try serving { () throws(ServiceError) in try index.vectors(wanted) }
        for row in 0..<count {
            unsafe (place + row * found.columns)
                .update(from: found.pointer(row: row), count: found.columns)
        }
    }
}

/// Gives the caller a text about an index, or NULL where there is none.
@unsafe
private func tell(
    _ index: OpaquePointer?, _ place: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ name: StaticString, _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ text: (StandaloneIndex) -> String?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let index = unsafe try openIndex(index)
        let place = unsafe try required(place, name)
        unsafe place.pointee = text(index).flatMap { unsafe owned($0) }
    }
}

/// Writes a text with a zero behind it, cut where there is no room.
private func write(_ text: String, to target: UnsafeMutableRawBufferPointer) {
    unsafe target.initializeMemory(as: UInt8.self, repeating: 0)
    unsafe target.copyBytes(from: text.utf8.prefix(target.count - 1))
}
