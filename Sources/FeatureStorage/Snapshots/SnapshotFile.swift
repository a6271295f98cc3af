public import Foundation
internal import Glibc
internal import JSON
internal import VectorCore

/// A whole store in one file.
///
/// | offset | content |
/// |---|---|
/// | 0 | header, 4,096 bytes |
/// | 4096 | sections, each at a multiple of 4,096: `data.mdb` first, then index files |
/// | behind them | JSON: the sections with name, offset, length and CRC-32C; the counts |
///
/// The header, little-endian: `LIKESNAP` (8), version (4), format of the store (4), the store's id
/// (16), sequence (8), offset (8), length (8) and CRC-32C (4) of the JSON, length of the file (8, at
/// 64), and at 4092 the CRC-32C of the 4,092 bytes before it. Gaps are zeros, and are checked.
public final class SnapshotFile: Sendable {
    /// The version of snapshots that this version writes and reads.
    public static let version: UInt32 = 1

    /// A part of a snapshot.
    public struct Section: Hashable, Sendable {
        /// `data.mdb`, or the name of an index file.
        public let name: String
        /// Where it begins.
        public let offset: Int
        /// How many bytes it has.
        public let length: Int
        /// The CRC-32C of them.
        public let checksum: UInt32
    }

    /// Where it lies.
    public let path: String
    /// The id of the store.
    public let identifier: UUID
    /// The format of the store.
    public let format: UInt32
    /// The store's newest change.
    public let sequence: UInt64
    /// When it was made, in seconds since 1970.
    public let created: Int
    /// How many collections, points and vectors it has.
    public let counts: Counts
    /// The data file and the index files.
    public let sections: [Section]
    /// How long it is.
    public let byteCount: Int
    private let descriptor: Int32

    /// How much a store holds.
    public struct Counts: Hashable, Sendable {
        /// Collections.
        public let collections: Int
        /// Points of all collections.
        public let points: Int
        /// Vectors of all fields.
        public let vectors: Int
    }

    static let dataName = "data.mdb"
    static let headerBytes = 4096
    static let magic = Array("LIKESNAP".utf8)

    /// Whether a file begins as a snapshot does; false where it cannot be read.
    public static func isSnapshot(_ path: String) -> Bool {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 8)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe pread(descriptor, $0.baseAddress, 8, 0)
        }
        return count == 8 && bytes == magic
    }

    /// Opens a snapshot and checks its header; what the sections hold is for ``verify()``.
    ///
    /// - Throws: ``StorageError`` with `noSuchStore` where there is none, `notAStore`,
    ///   `damagedStore`, `unsupportedFormat` or `system`.
    public init(path: String) throws(StorageError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            guard errno != ENOENT else {
                throw StorageError(.noSuchStore, "There is no snapshot at \(path).")
            }
            throw StorageError(LMDBStatus(rawValue: errno), "Opening \(path)")
        }
        self.path = path
        self.descriptor = descriptor
        func damaged(_ what: String) -> StorageError {
            StorageError(.damagedStore, "The snapshot \(path) \(what); use another one.")
        }
        do throws(StorageError) {
            var info = stat()
            guard unsafe fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
                throw StorageError(.notAStore, "\(path) is no file, so it is no snapshot.")
            }
            let length = Int(info.st_size)
            let file = try DataFile(path: path, part: descriptor, at: 0, length: length)
            guard let page = try file.bytes(at: 0, count: Self.headerBytes),
                page.rawSpan.hasPrefix(Self.magic)
            else {
                throw StorageError(
                    .notAStore,
                    "\(path) is not a snapshot of a store; name one that "
                        + "'likeness snapshot' has written.")
            }
            let span = page.rawSpan
            let version = span.little(UInt32.self, at: 8)
            guard version == Self.version else {
                throw StorageError(
                    .unsupportedFormat,
                    "The snapshot \(path) has version \(version), but this version of Likeness reads "
                        + "\(Self.version); use the one that wrote it.")
            }
            let encodedID = [1] + page[16..<32]
            guard span.little(UInt32.self, at: 4092) == Self.checksum(span.extracting(..<4092)),
                let id = PointID(encoded: encodedID.rawSpan), case .uuid(let uuid) = id
            else { throw damaged("has a damaged header") }
            guard span.little(UInt64.self, at: 64) == UInt64(length) else {
                throw damaged(
                    "has \(length) bytes instead of \(span.little(UInt64.self, at: 64))")
            }
            let listOffset = span.little(UInt64.self, at: 40)
            let listLength = span.little(UInt64.self, at: 48)
            guard listOffset <= UInt64(length), listLength == UInt64(length) - listOffset,
                let list = try file.bytes(at: Int(listOffset), count: Int(listLength)),
                Self.checksum(list.rawSpan) == span.little(UInt32.self, at: 56),
                let object = try? JSONValue(parsing: list),
                let sections = Self.sections(object, end: Int(listOffset)),
                let created = object["created"]?.integerValue,
                let counts = Counts(object)
            else { throw damaged("has a damaged list of sections") }
            identifier = uuid
            format = span.little(UInt32.self, at: 12)
            sequence = span.little(UInt64.self, at: 32)
            self.created = Int(created)
            self.counts = counts
            self.sections = sections
            byteCount = length
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit {
        close(descriptor)
    }

    /// The store's data file, to be read from inside the snapshot.
    func dataFile() throws(StorageError) -> DataFile {
        try DataFile(
            path: path, part: descriptor, at: sections[0].offset, length: sections[0].length)
    }

    /// The bytes of the whole file.
    func wholeFile() throws(StorageError) -> DataFile {
        try DataFile(path: path, part: descriptor, at: 0, length: byteCount)
    }

    /// Hands out a section piece by piece, and checks it against its checksum at the end.
    ///
    /// - Throws: ``StorageError`` with `damagedStore` or `system`, and what `body` throws.
    func read(
        _ section: Section, _ body: ([UInt8]) throws(StorageError) -> Void
    ) throws(StorageError) {
        let file = try wholeFile()
        var crc = CRC32C()
        var place = 0
        while place < section.length {
            let count = min(1 << 20, section.length - place)
            guard let bytes = try file.bytes(at: section.offset + place, count: count) else {
                throw StorageError(
                    .damagedStore, "The snapshot \(path) is cut short; use another one.")
            }
            unsafe bytes.withUnsafeBytes { unsafe crc.update($0) }
            try body(bytes)
            place += count
        }
        guard crc.value == section.checksum else {
            throw StorageError(
                .damagedStore,
                "The part \(section.name) of the snapshot \(path) does not match its checksum; use "
                    + "another one.")
        }
    }

    /// Reads every byte and checks it; the first fault ends it.
    ///
    /// - Throws: ``StorageError`` with `damagedStore` or `system`.
    func checkBytes() throws(StorageError) {
        let file = try wholeFile()
        for section in sections {
            try read(section) { _ in }
            let end = section.offset + section.length
            let gap = try file.bytes(at: end, count: ((end + 4095) & ~4095) - end)
            guard let gap, gap.allSatisfy({ $0 == 0 }) else {
                throw StorageError(
                    .damagedStore,
                    "The snapshot \(path) has other bytes than zeros behind its part "
                        + "\(section.name); use another one.")
            }
        }
    }

    private static func sections(_ object: JSONValue, end: Int) -> [Section]? {
        var place = headerBytes
        var sections: [Section] = []
        for item in object["sections"]?.arrayValue ?? [] {
            guard let name = item["name"]?.stringValue,
                let offset = item["offset"]?.integerValue.map(Int.init),
                let length = item["length"]?.integerValue.map(Int.init),
                let checksum = item["checksum"]?.unsignedValue.flatMap(UInt32.init(exactly:)),
                // One after the other, so none can lie outside the file or over another.
                offset == place, length >= 0, length <= end - offset, isFileName(name)
            else { return nil }
            sections.append(
                Section(name: name, offset: offset, length: length, checksum: checksum))
            place = (offset + length + 4095) & ~4095
        }
        guard sections.first?.name == dataName, place == end,
            Set(sections.map(\.name)).count == sections.count
        else { return nil }
        return sections
    }

    /// Whether a name names a file inside a folder, and nothing else.
    private static func isFileName(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && name.utf8.count <= 255
            && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 < 0x20 }
    }

    static func checksum(_ bytes: RawSpan) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe CRC32C.checksum($0) }
    }
}

extension SnapshotFile.Counts {
    init?(_ object: JSONValue) {
        guard let collections = object["collections"]?.integerValue,
            let points = object["points"]?.integerValue,
            let vectors = object["vectors"]?.integerValue
        else { return nil }
        self.init(collections: Int(collections), points: Int(points), vectors: Int(vectors))
    }
}
