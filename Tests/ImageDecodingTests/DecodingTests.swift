import ImageDecoding
import TestSupport
import Testing

@Suite struct DecodingTests {
    /// Every kind of JPEG and PNG against the pixels that Pillow reads from it.
    @Test func pixelsArePillows() throws {
        let lines = try Fixtures.lines("decode.txt")
        let sides = lines.map { (Int($0[1]) ?? 0, Int($0[2]) ?? 0) }
        let expected = try Fixtures.pictures("decode.rgb", sides: sides)
        #expect(lines.count == 32)
        for (line, picture) in zip(lines, expected) {
            let name = line[0]
            let decoded = try ImageDecoder.decode(try Fixtures.bytes(name))
            let (largest, mean) = difference(decoded, picture)
            // Pillow may hold another version of libjpeg-turbo, whose rounding may differ by one;
            // alpha and CMYK round differently too.
            #expect(largest <= 2, "\(name): a value differs by \(largest)")
            #expect(mean < 0.5, "\(name): the mean difference is \(mean)")
            let (width, height) = try ImageDecoder.dimensions(of: try Fixtures.bytes(name))
            #expect(width == picture.width && height == picture.height, "\(name)")
        }
    }

    /// A JPEG of four coloured corners under each orientation, in both byte orders of EXIF.
    @Test(arguments: ImageOrientation.allCases, [false, true])
    func orientation(_ orientation: ImageOrientation, littleEndian: Bool) throws {
        let plain = try Fixtures.bytes("corners.jpg")
        let bytes =
            plain[..<2] + exif(orientation.rawValue, littleEndian: littleEndian) + plain[2...]
        let image = try ImageDecoder.decode(Array(bytes))
        let dimensions = try ImageDecoder.dimensions(of: Array(bytes))
        #expect(dimensions == (orientation.exchangesSides ? (16, 24) : (24, 16)))
        #expect(dimensions == (image.width, image.height))
        expectCorners(of: image, orientation)
    }

    /// The same corners in a PNG, whose EXIF lies in a chunk before or after the pixels.
    @Test(arguments: ImageOrientation.allCases, [false, true])
    func orientationOfAPNG(_ orientation: ImageOrientation, littleEndian: Bool) throws {
        let plain = try ImageEncoder.png(try ImageDecoder.decode(Fixtures.bytes("corners.jpg")))
        let chunk = pngChunk("eXIf", tiff(orientation.rawValue, littleEndian: littleEndian))
        // After the signature and the header; before the last chunk, which is empty.
        for place in [33, plain.count - 12] {
            let bytes = Array(plain[..<place] + chunk + plain[place...])
            let image = try ImageDecoder.decode(bytes)
            let dimensions = try ImageDecoder.dimensions(of: bytes)
            #expect(dimensions == (orientation.exchangesSides ? (16, 24) : (24, 16)))
            #expect(dimensions == (image.width, image.height))
            expectCorners(of: image, orientation)
        }
    }

    @Test func brokenEXIFOfAPNGMeansUpright() throws {
        let plain = try ImageEncoder.png(try ImageDecoder.decode(Fixtures.bytes("corners.jpg")))
        let whole = tiff(6, littleEndian: true)
        var wrong = pngChunk("eXIf", whole)
        wrong[wrong.count - 1] ^= 1
        let late = pngChunk("eXIf", whole)
        var chunks = [
            wrong, pngChunk("exIf", whole), pngChunk("eXIf", tiff(9, littleEndian: true)),
        ]
        // The orientation ends at byte 32.
        chunks += (0..<32).map { pngChunk("eXIf", Array(whole[..<$0])) }
        for chunk in chunks {
            #expect(try ImageDecoder.decode(Array(plain[..<33] + chunk + plain[33...])).width == 24)
        }
        #expect(try ImageDecoder.decode(plain + late).width == 24, "behind the end")
    }

    private func expectCorners(of image: PixelBuffer, _ orientation: ImageOrientation) {
        let corners = [
            image[2, 2], image[image.width - 3, 2], image[2, image.height - 3],
            image[image.width - 3, image.height - 3],
        ]
        // Upper left, upper right, lower left, lower right, as a person should see them.
        let expected: [ImageOrientation: String] = [
            .upright: "RGBK", .mirrored: "GRKB", .upsideDown: "KBGR", .flipped: "BKRG",
            .transposed: "RBGK", .turnedLeft: "BRKG", .transversed: "KGBR", .turnedRight: "GKRB",
        ]
        #expect(String(corners.map(letter)) == expected[orientation])
    }

    @Test func brokenEXIFMeansUpright() throws {
        let plain = try Fixtures.bytes("corners.jpg")
        let whole = exif(6, littleEndian: true)
        for length in 8..<whole.count {
            // The segment says how long it is, so a shorter one must say so too.
            var cut = Array(whole[..<length])
            cut[2] = UInt8((length - 2) >> 8)
            cut[3] = UInt8((length - 2) & 0xFF)
            let image = try ImageDecoder.decode(plain[..<2] + cut + plain[2...])
            #expect(image.width == 24 || length >= 30)
        }
        for value: UInt16 in [0, 9, 65535] {
            let bytes = plain[..<2] + exif(value, littleEndian: false) + plain[2...]
            #expect(try ImageDecoder.decode(Array(bytes)).width == 24)
        }
        withEverySeed(0..<300) { generator, seed in
            var segment = whole
            for _ in 0..<4 {
                let place = Int.random(in: 10..<segment.count, using: &generator)
                segment[place] = UInt8.random(in: 0...255, using: &generator)
            }
            #expect(
                throws: Never.self, "seed \(seed)",
                performing: { try ImageDecoder.decode(plain[..<2] + segment + plain[2...]) })
        }
    }

    /// A picture at a reduced size is nearly the whole one resized.
    @Test func reducedSize() throws {
        let small = try ImageDecoder.decode(try Fixtures.bytes("scene.png"))
        let large = try Resampler.resize(small, width: 1024, height: 768, filter: .bicubic)
        let bytes = try ImageEncoder.jpeg(large, quality: 95)
        let whole = try ImageDecoder.decode(bytes)
        for (minimumSide, width) in [
            (1000, 1024), (220, 1024), (219, 512), (110, 512), (109, 256), (54, 128),
        ] {
            let reduced = try ImageDecoder.decode(bytes, minimumSide: minimumSide)
            #expect(reduced.width == width && reduced.height == width * 3 / 4)
            let (first, second) = (
                try Resampler.resize(whole, width: 54, height: 54, filter: .bilinear),
                try Resampler.resize(reduced, width: 54, height: 54, filter: .bilinear)
            )
            #expect(difference(first, second).mean < 1)
        }
    }

    private func letter(_ pixel: (red: UInt8, green: UInt8, blue: UInt8)) -> Character {
        switch (pixel.red > 128, pixel.green > 128, pixel.blue > 128) {
        case (true, false, false): "R"
        case (false, true, false): "G"
        case (false, false, true): "B"
        case (false, false, false): "K"
        default: "?"
        }
    }

    /// An APP1 segment that states an orientation after one other tag.
    private func exif(_ orientation: UInt16, littleEndian: Bool) -> [UInt8] {
        let body = Array("Exif".utf8) + [0, 0] + tiff(orientation, littleEndian: littleEndian)
        return [0xFF, 0xE1, 0, UInt8(body.count + 2)] + body
    }

    /// The TIFF structure in it.
    private func tiff(_ orientation: UInt16, littleEndian: Bool) -> [UInt8] {
        func number(_ value: Int, _ count: Int) -> [UInt8] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
            return littleEndian ? bytes : bytes.reversed()
        }
        var tiff = Array((littleEndian ? "II" : "MM").utf8) + number(42, 2) + number(8, 4)
        tiff += number(2, 2)
        tiff += number(0x0100, 2) + number(3, 2) + number(1, 4) + number(7, 2) + [0, 0]
        tiff += number(0x0112, 2) + number(3, 2) + number(1, 4)
        return tiff + number(Int(orientation), 2) + [0, 0] + number(0, 4)
    }
}
