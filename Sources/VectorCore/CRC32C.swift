internal import CChecksum

/// The Castagnoli checksum (polynomial 0x1EDC6F41, reflected) of files and stored vectors.
public struct CRC32C: Sendable {
    private var state: UInt32 = 0xFFFF_FFFF

    /// Starts a checksum of nothing.
    public init() {}

    /// The checksum of all bytes seen so far.
    public var value: UInt32 { ~state }

    /// The checksum of `bytes`.
    public static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var crc = CRC32C()
        unsafe crc.update(bytes)
        return crc.value
    }

    /// Adds bytes, by the CPU's instruction where it has one.
    ///
    /// - Complexity: O(bytes)
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        guard Self.isBuiltIn else { return unsafe updateByTables(bytes) }
        state = unsafe cs_crc32c(state, base, bytes.count)
    }

    /// Whether the CPU has an instruction for it.
    package static let isBuiltIn = cs_has_crc32c()

    /// Adds bytes, eight at a time by eight tables ("slicing by 8", Kounavis and Berry, 2005).
    ///
    /// - Complexity: O(bytes)
    package mutating func updateByTables(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        state = unsafe Self.tables.withUnsafeBufferPointer { tables in
            var crc = state
            var offset = 0
            while offset + 8 <= bytes.count {
                let word =
                    unsafe UInt64(
                        littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                    ^ UInt64(crc)
                crc = 0
                for lane in 0..<8 {
                    let byte = Int(truncatingIfNeeded: word &>> (8 * UInt64(lane))) & 0xFF
                    crc ^= unsafe tables[(7 - lane) * 256 + byte]
                }
                offset += 8
            }
            while offset < bytes.count {
                let byte = unsafe base.load(fromByteOffset: offset, as: UInt8.self)
                crc = unsafe tables[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ (crc &>> 8)
                offset += 1
            }
            return crc
        }
    }

    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = (crc &>> 1) ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
            tables[byte] = crc
        }
        for slice in 1..<8 {
            for byte in 0..<256 {
                let previous = tables[(slice - 1) * 256 + byte]
                tables[slice * 256 + byte] = tables[Int(previous & 0xFF)] ^ (previous &>> 8)
            }
        }
        return tables
    }()
}
