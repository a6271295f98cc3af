import Foundation
import TestSupport
import Testing
import VectorFiles

/// Files of vectors, made byte by byte.
enum Fixture {
    static func npy(
        _ content: [UInt8], descr: String, shape: String, fortran: Bool = false,
        version: UInt8 = 1
    ) -> [UInt8] {
        let dictionary =
            "{'descr': '\(descr)', 'fortran_order': \(fortran ? "True" : "False"), "
            + "'shape': \(shape), }"
        let lengthBytes = version == 1 ? 2 : 4
        let used = 8 + lengthBytes + dictionary.utf8.count + 1
        let padding = (64 - used % 64) % 64
        let length = dictionary.utf8.count + padding + 1
        var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [version, 0]
        bytes += (0..<lengthBytes).map { UInt8(length >> (8 * $0) & 0xFF) }
        bytes += dictionary.utf8
        bytes += [UInt8](repeating: 0x20, count: padding) + [0x0A]
        return bytes + content
    }

    static func idx(_ content: [UInt8], type: UInt8, shape: [UInt32]) -> [UInt8] {
        [0, 0, type, UInt8(shape.count)] + shape.flatMap { bigEndian($0) } + content
    }

    static func records(_ rows: [[UInt8]], elementBytes: Int) -> [UInt8] {
        rows.flatMap { littleEndian(UInt32($0.count / elementBytes)) + $0 }
    }

    static func floats(_ values: [Float]) -> [UInt8] {
        values.flatMap { littleEndian($0.bitPattern) }
    }

    static func littleEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        (0..<(T.bitWidth / 8)).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    static func bigEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        littleEndian(value).reversed()
    }

    /// Compresses as `gzip` does, with the system's own tool.
    static func gzip(_ bytes: [UInt8], in folder: TemporaryFolder) throws -> [UInt8] {
        let path = try folder.write("plain-\(UUID().uuidString)", bytes)
        let result = try runProcess("/bin/gzip", ["-9", path])
        try #require(result.status == 0, "\(result.errors)")
        return try Array(Data(contentsOf: URL(fileURLWithPath: path + ".gz")))
    }
}

/// All vectors of a file, read in batches of `rows`.
func allVectors(_ path: String, rows: Int? = nil) throws(VectorFileError) -> [[Float]] {
    let file = try VectorFile.open(path)
    var reader = try file.makeReader()
    var vectors: [[Float]] = []
    while let batch = try reader.next(rows: rows) {
        try batch.checkFinite()
        vectors += (0..<batch.count).map { batch.vector($0) }
    }
    return vectors
}

/// The error that reading a file to its end ends with.
func readingError(_ path: String) -> VectorFileError? {
    do throws(VectorFileError) {
        _ = try allVectors(path)
        return nil
    } catch {
        return error
    }
}
