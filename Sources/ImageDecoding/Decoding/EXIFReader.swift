/// Finds the orientation in a JPEG's APP1 segment or a PNG's eXIf chunk.
///
/// Whatever is missing, cut short or out of range there means upright: it is only a hint, and the
/// picture is whole without it.
package enum EXIFReader {
    /// The orientation that a JPEG's EXIF block states, or upright.
    ///
    /// - Complexity: O(segments before the first scan)
    package static func orientation(ofJPEG bytes: borrowing RawSpan) -> ImageOrientation {
        var offset = 2
        while offset + 4 <= bytes.byteCount, bytes.byte(offset) == 0xFF {
            let marker = bytes.byte(offset + 1)
            if marker == 0xFF {  // a fill byte
                offset += 1
                continue
            }
            // The first scan or the end: no segment of ours can follow.
            if marker == 0xDA || marker == 0xD9 { break }
            if marker == 0x01 || (0xD0...0xD8).contains(marker) {  // markers without a body
                offset += 2
                continue
            }
            let length = Int(bytes.byte(offset + 2)) << 8 | Int(bytes.byte(offset + 3))
            guard length >= 2, offset + 2 + length <= bytes.byteCount else { break }
            if marker == 0xE1 {
                let body = bytes.extracting((offset + 4)..<(offset + 2 + length))
                if let found = orientation(ofSegment: body) { return found }
            }
            offset += 2 + length
        }
        return .upright
    }

    /// The orientation that a PNG's eXIf chunk states, or upright; a chunk whose checksum is wrong
    /// counts as missing.
    ///
    /// - Complexity: O(chunks)
    package static func orientation(ofPNG bytes: borrowing RawSpan) -> ImageOrientation {
        let longest = 65_536  // what a JPEG could hold, and far more than a camera writes
        var offset = 8
        while offset + 12 <= bytes.byteCount {
            let length = bytes.bigEndian(at: offset)
            let kind = bytes.bigEndian(at: offset + 4)
            guard length <= bytes.byteCount - offset - 12, kind != 0x4945_4E44 else { break }
            if kind == 0x6558_4966, length <= longest {  // "eXIf"; above, "IEND"
                let end = offset + 8 + length
                let crc = PNGChecksum.of(bytes.extracting((offset + 4)..<end))
                guard Int(crc) == bytes.bigEndian(at: end) else { break }
                let body = bytes.extracting((offset + 8)..<end)
                return orientation(ofTIFF: body) ?? .upright
            }
            offset += 12 + length
        }
        return .upright
    }

    /// The orientation in an APP1 body, or nil if it is not EXIF or states none.
    private static func orientation(ofSegment body: borrowing RawSpan) -> ImageOrientation? {
        let name: [UInt8] = [0x45, 0x78, 0x69, 0x66, 0, 0]  // "Exif", two zeros
        guard body.byteCount >= name.count,
            name.indices.allSatisfy({ body.byte($0) == name[$0] })
        else { return nil }
        return orientation(ofTIFF: body.extracting(name.count..<body.byteCount))
    }

    /// The orientation in a TIFF structure, or nil if it is none or states none.
    private static func orientation(ofTIFF bytes: borrowing RawSpan) -> ImageOrientation? {
        guard bytes.byteCount >= 8 else { return nil }
        let tiff = TIFFBlock(bytes.extracting(0..<bytes.byteCount))
        guard let tiff, let directory = tiff.long(at: 4),
            let entries = tiff.short(at: directory)
        else { return nil }
        for entry in 0..<entries {
            let offset = directory + 2 + 12 * entry
            guard let tag = tiff.short(at: offset) else { return nil }
            if tag != 0x0112 { continue }
            // Type 3 is a 16-bit number; one of them lies in the entry itself.
            guard tiff.short(at: offset + 2) == 3, tiff.long(at: offset + 4) == 1,
                let value = tiff.short(at: offset + 8)
            else { return nil }
            return ImageOrientation(rawValue: UInt16(truncatingIfNeeded: value))
        }
        return nil
    }
}

/// The checksum at the end of a PNG's chunk.
private enum PNGChecksum {
    /// The CRC-32 of a chunk's kind and body.
    ///
    /// - Complexity: O(bytes)
    static func of(_ bytes: borrowing RawSpan) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for offset in 0..<bytes.byteCount {
            crc ^= UInt32(bytes.byte(offset))
            for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
        return ~crc
    }
}

extension RawSpan {
    /// 32 bits at an offset, the largest byte first.
    fileprivate func bigEndian(at offset: Int) -> Int {
        (0..<4).reduce(0) { $0 << 8 | Int(self.byte(offset + $1)) }
    }
}

/// A TIFF structure of either byte order; reads outside it give nil.
private struct TIFFBlock: ~Escapable {
    private let bytes: RawSpan
    private let isLittleEndian: Bool

    @_lifetime(copy bytes)
    init?(_ bytes: RawSpan) {
        switch (bytes.byte(0), bytes.byte(1)) {
        case (0x49, 0x49): isLittleEndian = true
        case (0x4D, 0x4D): isLittleEndian = false
        default: return nil
        }
        self.bytes = bytes
        if short(at: 2) != 42 { return nil }
    }

    /// 16 bits at an offset.
    func short(at offset: Int) -> Int? {
        guard offset >= 0, offset + 2 <= bytes.byteCount else { return nil }
        let (first, second) = (Int(bytes.byte(offset)), Int(bytes.byte(offset + 1)))
        return isLittleEndian ? second << 8 | first : first << 8 | second
    }

    /// 32 bits at an offset.
    func long(at offset: Int) -> Int? {
        guard let first = short(at: offset), let second = short(at: offset + 2) else { return nil }
        return isLittleEndian ? second << 16 | first : first << 16 | second
    }
}
