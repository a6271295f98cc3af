import Foundation
import IndexCatalog
import IndexDefinitions
import MappedStorage
import TestSupport
import VectorCore

/// An index file, whole, in parts, and written anew with other parts.
struct Published {
    static let environment = EnvironmentID(high: 0x0123_4567_89AB_CDEF, low: 42)

    /// One part of the file.
    struct Section {
        let name: String
        let offset: Int
        var bytes: [UInt8]
    }

    let path: String
    /// The whole file as it was published.
    let bytes: [UInt8]
    /// The checksum that it was published with.
    let checksum: UInt32
    var header: IndexFileHeader
    var sections: [Section]

    /// Publishes an index and reads the file's parts by the table of its first page.
    init(_ index: any FileBackedIndex, in folder: TemporaryFolder) throws {
        path = folder.path("index")
        let snapshot = IndexSnapshot(
            index: index, points: (0..<UInt64(index.count)).map { $0 * 3 + 1 },
            environment: Self.environment, sequence: 77)
        let published = try snapshot.publish(at: path)
        bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        precondition(published.byteCount == bytes.count)
        checksum = published.checksum
        header = try IndexFileReader(path: path).header
        sections = []
        for number in 0..<Int(bytes.number(at: 12, as: UInt32.self)) {
            let entry = 128 + 32 * number
            let offset = Int(bytes.number(at: entry + 8, as: UInt64.self))
            let length = Int(bytes.number(at: entry + 16, as: UInt64.self))
            sections.append(
                Section(
                    name: String(
                        decoding: bytes[entry..<entry + 8].prefix { $0 != 0 }, as: UTF8.self),
                    offset: offset, bytes: Array(bytes[offset..<offset + length])))
        }
    }

    /// Opens what lies at the path now.
    func open() throws(IndexError) -> IndexSnapshot {
        try IndexSnapshot(opening: path, environment: Self.environment)
    }

    /// Replaces the file by other bytes.
    func overwrite(_ bytes: some Collection<UInt8>) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    /// Replaces the file by one of the parts as they are now, with right checksums.
    func write() throws {
        var writer = try IndexFileWriter(path: path, header: header)
        for section in sections {
            try writer.section(section.name) { sink throws(IndexError) in
                try sink.write(section.bytes)
            }
        }
        _ = try writer.finish()
    }

    /// A section by name.
    subscript(name: String) -> [UInt8] {
        get { sections.first { $0.name == name }?.bytes ?? [] }
        set {
            guard let number = sections.firstIndex(where: { $0.name == name }) else {
                preconditionFailure("no section \(name)")
            }
            sections[number].bytes = newValue
        }
    }

    /// A little-endian number of a section, counted in numbers.
    subscript<T: FixedWidthInteger>(name: String, number: Int, as type: T.Type) -> T {
        get { self[name].number(at: number * MemoryLayout<T>.size, as: type) }
        set { self[name].setNumber(newValue, at: number * MemoryLayout<T>.size) }
    }
}

extension [UInt8] {
    /// A little-endian number.
    func number<T: FixedWidthInteger>(at offset: Int, as type: T.Type) -> T {
        self[offset..<offset + MemoryLayout<T>.size].reversed()
            .reduce(T.zero) { $0 << 8 | T(truncatingIfNeeded: $1) }
    }

    /// Writes a little-endian number.
    mutating func setNumber<T: FixedWidthInteger>(_ value: T, at offset: Int) {
        for byte in 0..<MemoryLayout<T>.size {
            self[offset + byte] = UInt8(truncatingIfNeeded: value >> T(8 * byte))
        }
    }
}
