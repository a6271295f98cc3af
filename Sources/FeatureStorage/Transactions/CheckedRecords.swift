internal import CLMDB
internal import VectorCore

/// The checksum that every record but the format's number begins with.
///
/// It covers the key and all of the value behind it, so a record that ends up under another key is
/// found out too. LMDB 0.9 has no checksums of its own.
enum Checksum {
    static let byteCount = 4

    /// Whether a record is what was written.
    static func isRight(key: RawSpan, _ value: RawSpan) -> Bool {
        value.byteCount >= byteCount
            && value.integer(UInt32.self, at: 0)
                == CRC32C.checksum(key: key, value, from: byteCount)
    }

    /// A value with the checksum before it.
    static func sealed(key: [UInt8], _ value: [UInt8]) -> [UInt8] {
        CRC32C.checksum(key: key.rawSpan, value.rawSpan, from: 0).bigEndianBytes + value
    }
}

extension RawTransaction {
    /// Sets the value of a key, with a checksum before it.
    func putChecked(_ tree: MDB_dbi, _ key: [UInt8], _ value: [UInt8]) throws(StorageError) {
        try put(tree, key, Checksum.sealed(key: key, value))
    }

    /// Calls `body` with the value of a key without its checksum, or returns nil where there is none.
    ///
    /// - Throws: ``StorageError`` with `damagedRecord`, naming `what`, where the checksum does not
    ///   match, and what `body` throws.
    func getChecked<R>(
        _ tree: MDB_dbi, _ key: [UInt8], _ what: @autoclosure () -> String,
        _ body: (RawSpan) throws(StorageError) -> R
    ) throws(StorageError) -> R? {
        guard let value = try value(tree, key) else { return nil }
        guard Checksum.isRight(key: key.rawSpan, value) else { throw .damagedRecord(what()) }
        return try body(value.extracting(Checksum.byteCount...))
    }

    /// Walks records as `scan` does, checks their checksums and hands out values without them.
    ///
    /// - Throws: ``StorageError`` with `damagedRecord`, naming `what`, where a checksum does not
    ///   match, and what `body` throws.
    func scanChecked(
        _ tree: MDB_dbi, _ what: String, from start: [UInt8], prefix: [UInt8],
        _ body: (_ key: RawSpan, _ value: RawSpan) throws(StorageError) -> Bool
    ) throws(StorageError) {
        try scan(tree, from: start, prefix: prefix) { key, value throws(StorageError) in
            guard Checksum.isRight(key: key, value) else { throw .damagedRecord(what) }
            return try body(key, value.extracting(Checksum.byteCount...))
        }
    }
}

extension RawSpan {
    /// Whether the bytes begin with `prefix`.
    func hasPrefix(_ prefix: [UInt8]) -> Bool {
        guard byteCount >= prefix.count else { return false }
        for i in prefix.indices where byte(at: i) != prefix[i] { return false }
        return true
    }

    /// Whether the bytes are those of `other`.
    func equals(_ other: [UInt8]) -> Bool {
        byteCount == other.count && hasPrefix(other)
    }

    /// Whether the bytes come before those of `other`.
    func precedes(_ other: [UInt8]) -> Bool {
        for i in 0..<min(byteCount, other.count) where byte(at: i) != other[i] {
            return byte(at: i) < other[i]
        }
        return byteCount < other.count
    }

    /// Whether the bytes come behind those of `other`.
    func follows(_ other: [UInt8]) -> Bool {
        !precedes(other) && !equals(other)
    }

    /// Puts the bytes in place of `target`'s, whose memory is used again.
    func copy(to target: inout [UInt8]) {
        target.removeAll(keepingCapacity: true)
        unsafe withUnsafeBytes { unsafe target.append(contentsOf: $0) }
    }
}
