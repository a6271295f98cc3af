import ImageDecoding
import TestSupport
import Testing
import VectorCore

@Suite struct ResamplerTests {
    /// Filters, sizes, boxes and extreme shapes against Pillow's results.
    @Test(arguments: ImageKernels.allCases.filter(\.isAvailable))
    func resultsArePillows(_ kernels: ImageKernels) throws {
        let lines = try Fixtures.lines("resize.txt")
        let sides = lines.map { (Int($0[2]) ?? 0, Int($0[3]) ?? 0) }
        let expected = try Fixtures.pictures("resize.rgb", sides: sides)
        #expect(lines.count == 27)
        for (line, picture) in zip(lines, expected) {
            let source = try ImageDecoder.decode(try Fixtures.bytes("\(line[0]).png"))
            let edges = line[4...].compactMap(Double.init)
            let resized = try Resampler.resize(
                source, width: picture.width, height: picture.height,
                filter: try #require(ResamplingFilter(rawValue: line[1])),
                box: ImageBox(
                    x: edges[0], y: edges[1], width: edges[2] - edges[0],
                    height: edges[3] - edges[1]),
                kernels: kernels)
            let (largest, mean) = difference(resized, picture)
            #expect(largest <= 1, "\(line): a value differs by \(largest)")
            #expect(mean < 0.05, "\(line): the mean difference is \(mean)")
        }
    }

    /// All sets of inner loops do the same integer arithmetic.
    @Test(arguments: ImageKernels.allCases.filter(\.isAvailable))
    func kernelsAgree(_ kernels: ImageKernels) throws {
        try withEverySeed(0..<60) { generator, seed in
            let image = try randomPicture(maximumSide: 90, using: &generator)
            let width = Int.random(in: 1...70, using: &generator)
            let height = Int.random(in: 1...70, using: &generator)
            let filter = ResamplingFilter.allCases[Int(seed) % 3]
            let box = randomBox(in: image, using: &generator)
            let first = try Resampler.resize(
                image, width: width, height: height, filter: filter, box: box, kernels: .portable)
            let second = try Resampler.resize(
                image, width: width, height: height, filter: filter, box: box, kernels: kernels)
            #expect(first.array == second.array, "seed \(seed)")
        }
    }

    /// An even area stays exactly even, at any scale and with any filter.
    @Test func evenAreasStayEven() throws {
        try withEverySeed(0..<60) { generator, seed in
            let width = Int.random(in: 1...300, using: &generator)
            let height = Int.random(in: 1...300, using: &generator)
            let colour = (0..<3).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let image = try PixelBuffer(
                width: width, height: height,
                bytes: (0..<width * height).flatMap { _ in colour })
            let resized = try Resampler.resize(
                image, width: Int.random(in: 1...60, using: &generator),
                height: Int.random(in: 1...60, using: &generator),
                filter: ResamplingFilter.allCases[Int(seed) % 3],
                box: randomBox(in: image, using: &generator))
            let bytes = resized.array
            #expect(
                bytes.indices.allSatisfy { bytes[$0] == colour[$0 % 3] }, "seed \(seed)")
        }
    }

    @Test func sameSizeIsTheSamePicture() throws {
        let image = try ImageDecoder.decode(try Fixtures.bytes("scene.png"))
        for filter in ResamplingFilter.allCases {
            let same = try Resampler.resize(image, width: 41, height: 31, filter: filter)
            #expect(same === image)
        }
    }

    @Test func wrongSizesAndBoxesAreRefused() throws {
        let image = try ImageDecoder.decode(try Fixtures.bytes("scene.png"))
        for (width, height) in [(0, 5), (5, 0), (-1, 5), (65_536, 5)] {
            #expect(
                code { () throws(ImageError) in
                    try Resampler.resize(image, width: width, height: height, filter: .bilinear)
                } == .invalidParameter)
        }
        for box in [
            ImageBox(x: 0, y: 0, width: 42, height: 31), ImageBox(x: -1, y: 0, width: 9, height: 9),
            ImageBox(x: 0, y: 0, width: 0, height: 9), ImageBox(x: 0, y: .nan, width: 9, height: 9),
            ImageBox(x: 40, y: 0, width: 1.01, height: 9),
        ] {
            #expect(
                code { () throws(ImageError) in
                    try Resampler.resize(image, width: 5, height: 5, filter: .bicubic, box: box)
                } == .invalidParameter)
        }
    }
}

/// A picture of random size and pixels.
func randomPicture(
    maximumSide: Int, using generator: inout SplitMix64
) throws -> PixelBuffer {
    let width = Int.random(in: 1...maximumSide, using: &generator)
    let height = Int.random(in: 1...maximumSide, using: &generator)
    return try PixelBuffer(
        width: width, height: height,
        bytes: (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &generator) })
}

private func randomBox(in image: PixelBuffer, using generator: inout SplitMix64) -> ImageBox {
    func edges(_ side: Int) -> (Double, Double) {
        let first = Double.random(in: 0...Double(side), using: &generator)
        let second = Double.random(in: 0...Double(side), using: &generator)
        let start = min(first, second, Double(side) - 0.5)
        return (start, max(0.5, abs(first - second)))
    }
    let (x, width) = edges(image.width)
    let (y, height) = edges(image.height)
    return ImageBox(x: x, y: y, width: width, height: height)
}
