import ImageDecoding
import TestSupport
import Testing

@Suite struct EncodingTests {
    @Test func aPNGKeepsEveryPixel() throws {
        try withEverySeed(0..<20) { generator, seed in
            let image = try randomPicture(maximumSide: 50, using: &generator)
            let again = try ImageDecoder.decode(try ImageEncoder.png(image))
            #expect(again.width == image.width && again.array == image.array, "seed \(seed)")
        }
    }

    @Test func aJPEGIsNearAndBetterWithQuality() throws {
        let small = try ImageDecoder.decode(try Fixtures.bytes("scene.png"))
        let image = try Resampler.resize(small, width: 160, height: 120, filter: .bicubic)
        var last = (bytes: 0, difference: 255.0)
        for quality in [20, 60, 95] {
            let bytes = try ImageEncoder.jpeg(image, quality: quality)
            let mean = difference(try ImageDecoder.decode(bytes), image).mean
            #expect(bytes.count > last.bytes && mean < last.difference)
            last = (bytes.count, mean)
        }
        #expect(last.difference < 3)
        for quality in [0, 101] {
            #expect(
                code { () throws(ImageError) in
                    try ImageEncoder.jpeg(image, quality: quality)
                } == .invalidParameter)
        }
    }

    @Test func wrongByteCountsAreRefused() {
        for (width, height) in [(0, 0), (2, 2), (1, 3), (-1, -2), (.max, .max), (1 << 62, 4)] {
            #expect(
                code { () throws(ImageError) in
                    try PixelBuffer(
                        width: width, height: height, bytes: [UInt8](repeating: 0, count: 6))
                } == .invalidParameter)
        }
    }
}
