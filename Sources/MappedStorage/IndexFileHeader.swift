public import VectorCore

/// What an index file says about itself in its first page.
///
/// The page has 4,096 bytes, little-endian:
///
/// | offset | bytes | content |
/// |---|---|---|
/// | 0 | 8 | `LIKENESS` |
/// | 8 | 4 | format version |
/// | 12 | 4 | number of sections |
/// | 16 | 8 | index kind, ASCII, padded with zeros |
/// | 24 | 4 + 4 | metric: tag, parameter (f32) |
/// | 32 | 8 | count of vectors |
/// | 40 | 4 + 4 | dimension, reserved |
/// | 48 | 16 | id of the store's environment |
/// | 64 | 8 | sequence number of the store that the vectors were read at |
/// | 72 | 8 | length of the whole file |
/// | 128 | 32 each | sections: name (8), offset (8), length (8), CRC-32C (4), reserved (4) |
/// | 4092 | 4 | CRC-32C of the 4,092 bytes before it |
public struct IndexFileHeader: Sendable {
    /// The version that this code writes and the only one that it reads.
    public static let formatVersion: UInt32 = 1
    package static let byteCount = 4096
    package static let magic: UInt64 = 0x5353_454E_454B_494C  // "LIKENESS"
    static let sectionTable = 128
    static let sectionEntry = 32
    static let maximumSections = (byteCount - sectionTable - 4) / sectionEntry

    /// The name of the index kind, at most 8 ASCII characters.
    public var kind: String
    /// The metric of the distances.
    public var metric: DistanceMetric
    /// How many vectors the index holds.
    public var count: Int
    /// How many numbers a vector has.
    public var dimension: Int
    /// Which store the vectors came from.
    public var environment: EnvironmentID
    /// Up to which change of the store the index knows the vectors.
    public var sequence: UInt64

    /// Describes an index that is to be written.
    public init(
        kind: String, metric: DistanceMetric, count: Int, dimension: Int,
        environment: EnvironmentID, sequence: UInt64
    ) {
        self.kind = kind
        self.metric = metric
        self.count = count
        self.dimension = dimension
        self.environment = environment
        self.sequence = sequence
    }
}

/// The random name of a store, so that index files of another store are never trusted.
public struct EnvironmentID: Hashable, Sendable {
    /// The first eight bytes.
    public let high: UInt64
    /// The last eight bytes.
    public let low: UInt64

    /// Wraps sixteen bytes.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

/// Where one part of an index file lies.
package struct FileSection: Sendable {
    package let name: String
    package let offset: Int
    package let length: Int
    package let checksum: UInt32
}

extension IndexFileHeader {
    /// The checksum at the end of a first page; the sections' checksums are under it.
    static func checksum(of page: UnsafeRawBufferPointer) -> UInt32 {
        unsafe UInt32(
            littleEndian: page.loadUnaligned(fromByteOffset: byteCount - 4, as: UInt32.self))
    }

    /// The first page of a file.
    func encoded(sections: [FileSection], fileLength: Int) -> [UInt8] {
        var page = [UInt8](repeating: 0, count: Self.byteCount)
        func put<T: FixedWidthInteger>(_ value: T, at offset: Int) {
            for byte in 0..<MemoryLayout<T>.size {
                page[offset + byte] = UInt8(truncatingIfNeeded: value >> T(8 * byte))
            }
        }
        func put(_ name: String, at offset: Int) {
            precondition(name.utf8.count <= 8, "names in the header have at most 8 characters")
            for (index, byte) in name.utf8.enumerated() { page[offset + index] = byte }
        }
        precondition(sections.count <= Self.maximumSections)
        put(Self.magic, at: 0)
        put(Self.formatVersion, at: 8)
        put(UInt32(sections.count), at: 12)
        put(kind, at: 16)
        put(metric.encoded.tag, at: 24)
        put(metric.encoded.parameter.bitPattern, at: 28)
        put(UInt64(count), at: 32)
        put(UInt32(dimension), at: 40)
        put(environment.high, at: 48)
        put(environment.low, at: 56)
        put(sequence, at: 64)
        put(UInt64(fileLength), at: 72)
        for (index, section) in sections.enumerated() {
            let entry = Self.sectionTable + index * Self.sectionEntry
            put(section.name, at: entry)
            put(UInt64(section.offset), at: entry + 8)
            put(UInt64(section.length), at: entry + 16)
            put(section.checksum, at: entry + 24)
        }
        let crc = unsafe page.withUnsafeBytes {
            unsafe CRC32C.checksum(.init(rebasing: $0.dropLast(4)))
        }
        put(crc, at: Self.byteCount - 4)
        return page
    }

    /// Reads a first page back and checks everything in it.
    static func decoded(
        _ page: UnsafeRawBufferPointer, fileLength: Int, path: String
    ) throws(IndexError) -> (header: IndexFileHeader, sections: [FileSection]) {
        func damaged(_ what: String) -> IndexError {
            IndexError(.damagedFile, "\(path) \(what); build the index again.")
        }
        guard page.count >= byteCount else { throw damaged("is too short to be an index file") }
        func get<T: FixedWidthInteger>(at offset: Int, as type: T.Type) -> T {
            unsafe T(littleEndian: page.loadUnaligned(fromByteOffset: offset, as: type))
        }
        func name(at offset: Int) -> String {
            let bytes = (0..<8).map { unsafe page[offset + $0] }.prefix { $0 != 0 }
            return String(decoding: bytes, as: UTF8.self)
        }
        guard get(at: 0, as: UInt64.self) == magic else { throw damaged("is not an index file") }
        let version = get(at: 8, as: UInt32.self)
        guard version == formatVersion else {
            throw damaged("has format version \(version), and this program reads \(formatVersion)")
        }
        let crc = unsafe CRC32C.checksum(.init(rebasing: page[..<(byteCount - 4)]))
        guard get(at: byteCount - 4, as: UInt32.self) == crc else {
            throw damaged("has a damaged header")
        }
        guard get(at: 72, as: UInt64.self) == UInt64(fileLength) else {
            throw damaged("has \(fileLength) bytes instead of \(get(at: 72, as: UInt64.self))")
        }
        let parameter = Float(bitPattern: get(at: 28, as: UInt32.self))
        guard let metric = DistanceMetric(tag: get(at: 24, as: UInt32.self), parameter: parameter)
        else { throw damaged("has an unknown metric") }
        // Rows have 32 bits, so that readers can multiply counts without overflow.
        let count = get(at: 32, as: UInt64.self)
        guard count <= UInt64(UInt32.max) else { throw damaged("claims impossibly many vectors") }
        let sectionCount = Int(get(at: 12, as: UInt32.self))
        guard sectionCount <= maximumSections else { throw damaged("has too many sections") }
        var sections: [FileSection] = []
        for index in 0..<sectionCount {
            let entry = sectionTable + index * sectionEntry
            let offset = get(at: entry + 8, as: UInt64.self)
            let length = get(at: entry + 16, as: UInt64.self)
            guard offset % 64 == 0, offset >= UInt64(byteCount), offset <= UInt64(fileLength),
                length <= UInt64(fileLength) - offset
            else { throw damaged("has a section outside the file") }
            sections.append(
                FileSection(
                    name: name(at: entry), offset: Int(offset), length: Int(length),
                    checksum: get(at: entry + 24, as: UInt32.self)))
        }
        let header = IndexFileHeader(
            kind: name(at: 16), metric: metric, count: Int(count),
            dimension: Int(get(at: 40, as: UInt32.self)),
            environment: EnvironmentID(
                high: get(at: 48, as: UInt64.self), low: get(at: 56, as: UInt64.self)),
            sequence: get(at: 64, as: UInt64.self))
        return (header, sections)
    }
}
