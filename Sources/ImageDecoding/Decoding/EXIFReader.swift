/// Finds the orientation in a JPEG's APP1 segment.
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

    /// The orientation in an APP1 body, or nil if it is not EXIF or states none.
    private static func orientation(ofSegment body: borrowing RawSpan) -> ImageOrientation? {
        let name: [UInt8] = [0x45, 0x78, 0x69, 0x66, 0, 0]  // "Exif", two zeros
        guard body.byteCount >= name.count + 8,
            name.indices.allSatisfy({ body.byte($0) == name[$0] })
        else { return nil }
        let tiff = TIFFBlock(body.extracting(name.count..<body.byteCount))
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
