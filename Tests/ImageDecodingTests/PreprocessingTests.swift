import ImageDecoding
import TestSupport
import Testing

@Suite struct PreprocessingTests {
    private func recipe(
        _ width: Int, _ height: Int, _ rule: CropRule,
        order: Preprocessing.ChannelOrder = .rgb, layout: Preprocessing.Layout = .nchw
    ) throws -> Preprocessing {
        try Preprocessing(
            width: width, height: height, cropRule: rule, filter: .bilinear, channelOrder: order,
            mean: [127, 116, 104], standardDeviation: [128, 1, 57.5], layout: layout)
    }

    /// Every layout and channel order against the formula, at sizes that leave odd rests.
    @Test(arguments: Preprocessing.Layout.allCases, Preprocessing.ChannelOrder.allCases)
    func tensorIsTheFormula(
        _ layout: Preprocessing.Layout, _ order: Preprocessing.ChannelOrder
    ) throws {
        for kernels in ImageKernels.allCases where kernels.isAvailable {
            try withEverySeed(0..<10) { generator, seed in
                let image = try randomPicture(maximumSide: 40, using: &generator)
                let recipe = try recipe(
                    image.width, image.height, .squash, order: order, layout: layout)
                let tensor = try recipe.tensor(from: image, kernels: kernels)
                #expect(tensor.count == recipe.tensorCount)
                let pixels = image.width * image.height
                for pixel in 0..<pixels {
                    let (red, green, blue) = image[pixel % image.width, pixel / image.width]
                    let values = order == .rgb ? [red, green, blue] : [blue, green, red]
                    for channel in 0..<3 {
                        let expected =
                            (Float(values[channel]) - recipe.mean[channel])
                            / recipe.standardDeviation[channel]
                        let place =
                            layout == .nchw ? channel * pixels + pixel : 3 * pixel + channel
                        #expect(abs(tensor[place] - expected) < 1e-4, "seed \(seed)")
                    }
                }
            }
        }
    }

    /// The crop is the centre square of the short side's fraction, taken in one resize.
    @Test func centerCrop() throws {
        let image = try ImageDecoder.decode(try Fixtures.bytes("scene.png"))
        let recipe = try recipe(14, 14, .centerCrop(fraction: 0.875))
        let side = 31 * 0.875
        let expected = try Resampler.resize(
            image, width: 14, height: 14, filter: .bilinear,
            box: ImageBox(x: (41 - side) / 2, y: (31 - side) / 2, width: side, height: side))
        #expect(try recipe.input(from: image).array == expected.array)
        #expect(recipe.minimumSide == 16)
        // A target of another shape takes the largest part of that shape.
        let flat = try self.recipe(20, 10, .centerCrop(fraction: 1)).input(from: image)
        let band = try Resampler.resize(
            image, width: 20, height: 10, filter: .bilinear,
            box: ImageBox(x: 0, y: 5.25, width: 41, height: 20.5))
        #expect(flat.array == band.array)
    }

    /// The largest box of the input's shape stays inside, whatever its sides are divided by.
    @Test func wholeCentersAreInside() throws {
        for target in [224, 299] {
            for side in 1...2000 {
                let box = try largestBox(side, side, in: target, target)
                #expect(box.width == box.height && Double(side) - box.width < 1e-9)
            }
        }
        try withEverySeed(0..<2000) { generator, _ in
            let sides = (0..<4).map { _ in Int.random(in: 1...700, using: &generator) }
            try largestBox(sides[0], sides[1], in: sides[2], sides[3])
        }
        // Sides at which a quotient times its divisor rounds up, through the resize itself.
        for side in [29, 58, 116, 123, 225] {
            let grey = try PixelBuffer(
                width: side, height: side, bytes: [UInt8](repeating: 77, count: side * side * 3))
            let input = try recipe(224, 224, .centerCrop(fraction: 1)).input(from: grey)
            #expect(input.array.allSatisfy { $0 == 77 })
        }
    }

    /// The box of a crop of all, which must lie in the picture.
    @discardableResult
    private func largestBox(
        _ imageWidth: Int, _ imageHeight: Int, in width: Int, _ height: Int
    ) throws -> ImageBox {
        let box = CropRule.centerCrop(fraction: 1).box(
            imageWidth: imageWidth, imageHeight: imageHeight, width: width, height: height)
        let isInside =
            box.x >= 0 && box.y >= 0 && box.x + box.width <= Double(imageWidth)
            && box.y + box.height <= Double(imageHeight)
        try #require(isInside, "\(imageWidth) × \(imageHeight) in \(width) × \(height)")
        return box
    }

    @Test func letterboxIsWhiteAround() throws {
        let black = try PixelBuffer(
            width: 40, height: 10, bytes: [UInt8](repeating: 0, count: 1200))
        let boxed = try recipe(20, 20, .letterbox).input(from: black)
        for y in 0..<20 {
            let expected: UInt8 = (7..<12).contains(y) ? 0 : 255
            #expect(boxed[0, y].red == expected && boxed[19, y].blue == expected)
        }
        // The thinnest picture keeps one pixel.
        let line = try PixelBuffer(width: 1, height: 900, bytes: [UInt8](repeating: 0, count: 2700))
        let thin = try recipe(20, 20, .letterbox).input(from: line)
        #expect((0..<20).filter { thin[$0, 10].red == 0 }.count == 1)
    }

    @Test func wrongRecipesAreRefused() {
        func refusal(
            _ width: Int, _ rule: CropRule, _ mean: [Float], _ deviation: [Float]
        ) -> ImageError.Code? {
            code { () throws(ImageError) in
                try Preprocessing(
                    width: width, height: 8, cropRule: rule, filter: .bilinear, mean: mean,
                    standardDeviation: deviation)
            }
        }
        #expect(refusal(8, .squash, [0, 0, 0], [1, 1, 1]) == nil)
        #expect(refusal(0, .squash, [0, 0, 0], [1, 1, 1]) == .invalidParameter)
        #expect(refusal(8, .squash, [0, 0], [1, 1, 1]) == .invalidParameter)
        #expect(refusal(8, .squash, [0, 0, .nan], [1, 1, 1]) == .invalidParameter)
        #expect(refusal(8, .squash, [0, 0, 0], [1, 0, 1]) == .invalidParameter)
        for fraction in [0, -1, 1e-300, 0.009, 1.01, .nan] {
            #expect(
                refusal(8, .centerCrop(fraction: fraction), [0, 0, 0], [1, 1, 1])
                    == .invalidParameter)
        }
    }
}
