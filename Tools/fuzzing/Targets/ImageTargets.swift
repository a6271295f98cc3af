import ImageDecoding

extension FuzzTarget {
    /// JPEG files.
    static let jpeg = FuzzTarget(
        name: "jpeg", summary: "a JPEG file, decoded whole and reduced", maximumBytes: 16_384,
        seeds: { try pictures().map { try ImageEncoder.jpeg($0, quality: 60) } },
        run: decode)

    /// PNG files, whose checksums are mended so that what lies behind them is reached.
    static let png = FuzzTarget(
        name: "png", summary: "a PNG file, as it is and with right checksums",
        maximumBytes: 16_384,
        seeds: { try pictures().map(ImageEncoder.png) },
        run: { bytes in
            decode(bytes)
            let mended = withRightChecksums(bytes)
            if mended != bytes { decode(mended) }
        })

    /// JPEG segments and PNG chunks, and the EXIF blocks in them.
    static let exif = FuzzTarget(
        name: "exif", summary: "a JPEG's segments or a PNG's chunks, read for an EXIF orientation",
        maximumBytes: 2048,
        seeds: {
            [true, false].flatMap { isLittleEndian in
                let tiff: [UInt8] =
                    isLittleEndian
                    ? [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]
                    : [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]
                let body = Array("Exif".utf8) + [0, 0] + tiff
                let jpeg =
                    [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xE1, 0, UInt8(body.count + 2)]
                    + body + [0xFF, 0xDA]
                let png =
                    [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, UInt8(tiff.count)]
                    + Array("eXIf".utf8) + tiff + [0, 0, 0, 0]
                return [jpeg, png]
            }
        },
        run: { bytes in
            _ = unsafe EXIFReader.orientation(ofJPEG: bytes.span.bytes)
            let mended = withRightChecksums(bytes)
            _ = unsafe EXIFReader.orientation(ofPNG: mended.span.bytes)
        })

    private static let limits = ImageLimits(pixels: 1 << 18)

    @Sendable private static func decode(_ bytes: [UInt8]) {
        let sides = try? ImageDecoder.dimensions(of: bytes)
        do throws(ImageError) {
            let image = try ImageDecoder.decode(bytes, limits: limits)
            expect(image.width * image.height <= limits.pixels, "more pixels than allowed")
            expect(
                sides.map { $0 == (image.width, image.height) } ?? false,
                "the header and the pixels disagree about the sides")
            let reduced = try? ImageDecoder.decode(
                bytes, minimumSide: 8, limits: limits)
            expect(reduced.map { $0.width <= image.width } ?? true, "reduced, it is larger")
        } catch {
            expect(!error.message.isEmpty, "an error without a sentence")
        }
    }

    private static func pictures() throws -> [PixelBuffer] {
        try [(1, 1), (9, 7), (33, 20)].map { width, height in
            let bytes = (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) }
            return try PixelBuffer(width: width, height: height, bytes: bytes)
        }
    }

    /// The same chunks, each with the checksum that it should have.
    private static func withRightChecksums(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        var offset = 8
        while offset + 12 <= bytes.count {
            let length = bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
            guard length <= bytes.count - offset - 12 else { break }
            let crc = CRC32.checksum(bytes[(offset + 4)..<(offset + 8 + length)])
            bytes.put(crc, at: offset + 8 + length, bigEndian: true)
            offset += 12 + length
        }
        return bytes
    }
}

/// The checksum of PNG and gzip.
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
    }

    /// The checksum of some bytes.
    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(0xFFFF_FFFF) { crc, byte in
            crc >> 8 ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)]
        }
    }
}
