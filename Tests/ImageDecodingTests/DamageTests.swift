import Glibc
import ImageDecoding
import TestSupport
import Testing

@Suite struct DamageTests {
    static let pictures = [
        "colour.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg", "rgb.png", "palette-alpha.png",
        "rgb16.png", "interlaced-alpha.png", "one.png", "progressive-grey.jpg",
        "progressive-cmyk.jpg", "restarts.jpg", "palette2.png", "oriented.png",
    ]

    /// A file cut anywhere is refused, but for a JPEG that lacks only what follows its pixels.
    @Test(arguments: pictures)
    func truncatedFilesAreRefused(_ name: String) throws {
        let bytes = try Fixtures.bytes(name)
        let whole = try ImageDecoder.decode(bytes).array
        for length in 0..<bytes.count {
            try expectRefusedOrWhole(
                Array(bytes[..<length]), whole, "\(name) cut to \(length) bytes")
        }
        // A JPEG ends with a marker of two bytes.
        let isJPEG = name.hasSuffix("jpg")
        for cut in 1...2 where isJPEG {
            let image = try ImageDecoder.decode(bytes.dropLast(cut))
            #expect(image.array == whole, "\(name) without its last \(cut) bytes")
        }
        #expect(
            isJPEG
                || code { () throws(ImageError) in try ImageDecoder.decode(bytes.dropLast(1)) }
                    == .damaged
        )
    }

    @Test(.enabled(if: SharedData.isPresent, "\(SharedData.skipReason)"))
    func truncatedPhotosAreRefused() throws {
        for name in ["iconic200/0.jpg", "fashion200/7.jpg"] {
            let bytes = try ImageFile.bytes(of: SharedData.path("data/\(name)"))
            let whole = try ImageDecoder.decode(bytes).array
            for length in stride(from: 50, to: bytes.count, by: 50) {
                try expectRefusedOrWhole(
                    Array(bytes[..<length]), whole, "\(name) cut to \(length) bytes")
            }
        }
    }

    private func expectRefusedOrWhole(
        _ bytes: [UInt8], _ whole: [UInt8], _ what: String
    ) throws {
        do throws(ImageError) {
            let image = try ImageDecoder.decode(bytes)
            #expect(image.array == whole, "\(what): a picture that is not the whole one")
        } catch {
            #expect(
                error.code == .damaged || bytes.count < 8 && error.code == .unknownFormat,
                "\(what): \(error.message)")
        }
    }

    /// Scans that are missing show in no bit, so a JPEG that ends between two of them is refused.
    @Test(arguments: ["progressive.jpg", "progressive-cmyk.jpg"])
    func missingScansAreNoticed(_ name: String) throws {
        let bytes = try Fixtures.bytes(name)
        let scans = bytes.indices.dropLast(1).filter { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA }
        #expect(scans.count > 3)
        for scan in scans.dropFirst() {
            for end in [[], [0xFF, 0xD9]] as [[UInt8]] {
                let cut = bytes[..<scan] + end
                let found = code { () throws(ImageError) in try ImageDecoder.decode(Array(cut)) }
                // With an end marker the file says of itself that it is whole.
                #expect(found == (end.isEmpty ? .damaged : nil), "\(name) cut to \(scan) bytes")
            }
        }
    }

    /// Flipped bits give an error or a picture, and never more pixels than allowed.
    @Test(arguments: pictures)
    func flippedBitsAreSurvived(_ name: String) throws {
        let bytes = try Fixtures.bytes(name)
        withEverySeed(0..<400) { generator, seed in
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<damaged.count, using: &generator)
                damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            }
            do throws(ImageError) {
                let image = try ImageDecoder.decode(damaged, limits: ImageLimits(pixels: 100_000))
                #expect(image.width * image.height <= 100_000, "\(name), seed \(seed)")
            } catch {
                #expect(!error.message.isEmpty, "\(name), seed \(seed)")
            }
        }
    }

    /// A PNG guards its pixels with checksums: no flipped bit there goes unseen.
    @Test func flippedPixelsOfAPNGAreSeen() throws {
        let bytes = try Fixtures.bytes("rgb.png")
        for place in stride(from: 50, to: bytes.count - 20, by: 7) {
            var damaged = bytes
            damaged[place] ^= 4
            #expect(code { () throws(ImageError) in try ImageDecoder.decode(damaged) } == .damaged)
        }
    }

    @Test func hugePicturesAreRefused() throws {
        var jpeg = try Fixtures.bytes("colour.jpg")
        let frame = try #require(jpeg.indices.first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 })
        for place in 5..<9 { jpeg[frame + place] = 0xFF - UInt8(place % 2) }
        #expect(code { () throws(ImageError) in try ImageDecoder.decode(jpeg) } == .tooLarge)

        let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        for side: [UInt8] in [[0, 1, 0, 0], [0x7F, 0xFF, 0xFF, 0xFF]] {
            let png =
                signature + pngChunk("IHDR", side + side + [8, 2, 0, 0, 0])
                + pngChunk("IDAT", [0x78, 0x9C]) + pngChunk("IEND", [])
            #expect(code { () throws(ImageError) in try ImageDecoder.decode(png) } == .tooLarge)
        }

        // Few pixels in all, but a side that no one shows.
        for long: [UInt8] in [[0, 1, 0, 0], [0x00, 0x98, 0x96, 0x80]] {
            for sides in [long + [0, 0, 0, 1], [0, 0, 0, 1] + long] {
                let png =
                    signature + pngChunk("IHDR", sides + [8, 2, 0, 0, 0])
                    + pngChunk("IDAT", [0x78, 0x9C]) + pngChunk("IEND", [])
                #expect(code { () throws(ImageError) in try ImageDecoder.decode(png) } == .tooLarge)
            }
        }

        let small = try Fixtures.bytes("rgb.png")
        #expect(
            code { () throws(ImageError) in
                try ImageDecoder.decode(small, limits: ImageLimits(pixels: 25 * 19 - 1))
            } == .tooLarge)
        #expect(try ImageDecoder.decode(small, limits: ImageLimits(pixels: 25 * 19)).width == 25)
    }

    /// Each scan of a progressive JPEG costs a pass over the whole picture.
    @Test func endlessScansAreRefused() throws {
        let bytes = try Fixtures.bytes("progressive.jpg")
        let scan = try #require(
            bytes.indices.dropLast(2).last { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA })
        let repeated = (0..<600).flatMap { _ in bytes[scan..<bytes.count - 2] }
        let hostile = bytes[..<scan] + repeated + bytes.suffix(2)
        #expect(
            code { () throws(ImageError) in try ImageDecoder.decode(Array(hostile)) } == .damaged)
    }

    @Test(arguments: [
        ("", "empty"), ("Once upon a time", "text"), ("GIF89a......", "GIF"),
        ("RIFF....WEBPVP8 ", "WebP"), ("....ftypheic....", "HEIC"), ("%PDF-1.7", "PDF"),
        ("\u{0}\u{1}\u{2}\u{3}", "unknown"),
    ])
    func otherContentIsNamed(_ content: String, _ name: String) {
        do throws(ImageError) {
            _ = try ImageDecoder.decode(Array(content.utf8))
            Issue.record("decoded \(name)")
        } catch {
            #expect(error.code == .unknownFormat)
            #expect(error.message.contains(name), "\(error.message)")
        }
        let found = code { () throws(ImageError) in
            try ImageDecoder.dimensions(of: Array(content.utf8)).width
        }
        #expect(found == .unknownFormat)
    }

    @Test func missingFilesAndFolders() {
        #expect(
            code { () throws(ImageError) in try ImageFile.bytes(of: "/no/such/file.jpg") }
                == .system)
        #expect(code { () throws(ImageError) in try ImageFile.bytes(of: "/tmp") } == .system)
        #expect(
            code { () throws(ImageError) in
                try ImageFile.bytes(of: #filePath, maximumBytes: 10)
            } == .tooLarge)
    }

    /// Neither a pipe that no one writes to nor an endless device is waited for.
    @Test func pipesAndDevicesAreRefused() throws {
        let folder = try TemporaryFolder()
        let (pipe, link) = (folder.path("pipe.png"), folder.path("link.png"))
        try #require(unsafe mkfifo(pipe, 0o600) == 0)
        try #require(unsafe symlink(pipe, link) == 0)
        for path in [pipe, link, "/dev/zero", "/dev/tty", folder.path] {
            #expect(code { () throws(ImageError) in try ImageFile.bytes(of: path) } == .system)
            #expect(
                code { () throws(ImageError) in
                    try ImageFile.head(of: path, count: 8)
                } == .system)
        }
    }

    @Test func headsAreTheFirstBytes() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("five", [1, 2, 3, 4, 5])
        #expect(try ImageFile.head(of: path, count: 3) == [1, 2, 3])
        #expect(try ImageFile.head(of: path, count: 64) == [1, 2, 3, 4, 5])
        #expect(try ImageFile.head(of: path, count: 0) == [])
    }
}
