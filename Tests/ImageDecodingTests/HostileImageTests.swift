import ImageDecoding
import TestSupport
import Testing

/// Small files that ask for much time or memory.
@Suite struct HostileImageTests {
    /// A grey progressive JPEG of right data: one scan of mean values, then one of each other
    /// coefficient, a few bytes each.
    private func manyScans(side: Int) -> [UInt8] {
        func segment(_ marker: UInt8, _ body: [UInt8]) -> [UInt8] {
            [0xFF, marker, UInt8((body.count + 2) >> 8), UInt8((body.count + 2) & 0xFF)] + body
        }
        let sides = [UInt8(side >> 8), UInt8(side & 0xFF)]
        let one = [1] + [UInt8](repeating: 0, count: 15)  // a code of one bit, "0"
        var bytes: [UInt8] = [0xFF, 0xD8]
        bytes += segment(0xDB, [0] + [UInt8](repeating: 1, count: 64))
        bytes += segment(0xC2, [8] + sides + sides + [1, 1, 0x11, 0])
        bytes += segment(0xC4, [0x00] + one + [0])  // no difference
        bytes += segment(0xC4, [0x10] + one + [0xE0])  // 2^14 blocks and more that have nothing
        let blocks = ((side + 7) / 8) * ((side + 7) / 8)
        bytes += segment(0xDA, [1, 1, 0x00, 0, 0, 0])
        bytes += [UInt8](repeating: 0, count: (blocks + 7) / 8)
        // Each run: the code "0", then fourteen ones; 15 bits for 32,767 blocks.
        let bits = (0..<(blocks + 32766) / 32767).flatMap { _ in
            [false] + [Bool](repeating: true, count: 14)
        }
        var scan: [UInt8] = []
        for start in stride(from: 0, to: bits.count, by: 8) {
            let byte = (start..<start + 8).reduce(UInt8(0)) { byte, bit in
                byte << 1 | (bit < bits.count && !bits[bit] ? 0 : 1)
            }
            scan += byte == 0xFF ? [0xFF, 0] : [byte]
        }
        for coefficient in 1...63 as ClosedRange<UInt8> {
            bytes += segment(0xDA, [1, 1, 0x00, coefficient, coefficient, 0]) + scan
        }
        return bytes + [0xFF, 0xD9]
    }

    @Test func aJPEGThatTakesTooLongIsRefused() throws {
        let bytes = manyScans(side: 4000)
        #expect(bytes.count < 40_000)
        #expect(
            code { () throws(ImageError) in
                try ImageDecoder.decode(bytes, limits: ImageLimits(seconds: 0.001))
            } == .tooSlow)
        // The same file at a size that is no burden is a picture.
        let small = try ImageDecoder.decode(manyScans(side: 64), limits: ImageLimits(seconds: 5))
        #expect(small.width == 64 && small[0, 0] == (128, 128, 128))
    }

    @Test func aPNGThatTakesTooLongIsRefused() throws {
        let bytes = try blankPNG(side: 3000)
        #expect(bytes.count < 100_000)
        #expect(
            code { () throws(ImageError) in
                try ImageDecoder.decode(bytes, limits: ImageLimits(seconds: 0.001))
            } == .tooSlow)
        #expect(try ImageDecoder.decode(bytes).width == 3000)
    }

    @Test func noTimeAtAllIsRefused() throws {
        for name in ["colour.jpg", "rgb.png"] {
            let bytes = try Fixtures.bytes(name)
            for seconds in [0, -1, .nan, -.infinity] as [Double] {
                #expect(
                    code { () throws(ImageError) in
                        try ImageDecoder.decode(bytes, limits: ImageLimits(seconds: seconds))
                    } == .tooSlow, "\(name), \(seconds)")
            }
            _ = try ImageDecoder.decode(bytes, limits: ImageLimits(seconds: .infinity))
        }
    }

    /// Compressed text and profiles that would be 27 MB each are not decompressed.
    @Test func compressedChunksCostNothing() throws {
        let bomb = try data(ofPNG: blankPNG(side: 3000))
        let small = try ImageDecoder.decode(try Fixtures.bytes("rgb.png"))
        var bytes = try ImageEncoder.png(small)
        var chunks: [UInt8] = []
        for _ in 0..<200 {
            chunks += pngChunk("zTXt", Array("Comment".utf8) + [0, 0] + bomb)
            chunks += pngChunk("iTXt", Array("Title".utf8) + [0, 1, 0, 0, 0] + bomb)
        }
        chunks += pngChunk("iCCP", Array("profile".utf8) + [0, 0] + bomb)
        bytes.insert(contentsOf: chunks, at: 33)
        // Decompressing them takes ten times as long at least.
        let image = try ImageDecoder.decode(bytes, limits: ImageLimits(seconds: 2))
        #expect(image.array == small.array)
        #expect(try ImageDecoder.dimensions(of: bytes) == (small.width, small.height))
    }

    @Test func manySmallChunksAndSegmentsAreSkipped() throws {
        var png = try Fixtures.bytes("rgb.png")
        let note = pngChunk("tEXt", Array("a".utf8) + [0])
        png.insert(contentsOf: (0..<50_000).flatMap { _ in note }, at: 33)
        #expect(try ImageDecoder.decode(png).width == 25)

        var jpeg = try Fixtures.bytes("colour.jpg")
        jpeg.insert(
            contentsOf: (0..<200_000).flatMap { _ in [0xFF, 0xFE, 0, 2] as [UInt8] }, at: 2)
        #expect(try ImageDecoder.decode(jpeg).width == 29)
    }

    /// Headers that claim the most that is allowed, over data of a few bytes.
    @Test func headersThatLieAreRefused() throws {
        var jpeg = try Fixtures.bytes("colour.jpg")
        let frame = try #require(jpeg.indices.first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 })
        // 6,000 × 6,000: within the limit, and not there.
        for place in [5, 7] { (jpeg[frame + place], jpeg[frame + place + 1]) = (0x17, 0x70) }
        #expect(try ImageDecoder.dimensions(of: jpeg) == (6000, 6000))
        #expect(code { () throws(ImageError) in try ImageDecoder.decode(jpeg) } == .damaged)

        let large = try blankPNG(side: 3000)
        let header: [UInt8] = [0, 0, 0x17, 0x70, 0, 0, 0x17, 0x70, 8, 2, 0, 0, 0]
        let png = large[..<8] + pngChunk("IHDR", header) + large[33...]
        #expect(code { () throws(ImageError) in try ImageDecoder.decode(Array(png)) } == .damaged)
    }

    @Test func longFilesAreRefused() throws {
        let bytes = try Fixtures.bytes("colour.jpg")
        #expect(
            code { () throws(ImageError) in
                try ImageDecoder.decode(bytes, limits: ImageLimits(bytes: bytes.count - 1))
            } == .tooLarge)
        #expect(
            try ImageDecoder.decode(bytes, limits: ImageLimits(bytes: bytes.count)).width == 29)
    }

    private func blankPNG(side: Int) throws -> [UInt8] {
        try ImageEncoder.png(
            PixelBuffer(
                width: side, height: side, bytes: [UInt8](repeating: 7, count: side * side * 3)))
    }

    /// The compressed pixels of a PNG, joined.
    private func data(ofPNG bytes: [UInt8]) -> [UInt8] {
        var data: [UInt8] = []
        var offset = 8
        while offset < bytes.count {
            let length = bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
            if bytes[offset + 4..<offset + 8].elementsEqual("IDAT".utf8) {
                data += bytes[offset + 8..<offset + 8 + length]
            }
            offset += 12 + length
        }
        return data
    }
}
