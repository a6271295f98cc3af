import FeatureExtraction
import TestSupport
import Testing
import VectorCore

@Suite struct PoolingTests {
    @Test func agreesWithTheDefinitionAtEverySize() {
        withEverySeed { generator, seed in
            for positions in [1, 2, 7, 8, 9, 49, 112] {
                let map = (0..<5 * positions).map { _ in
                    Float.random(in: -3..<3, using: &generator)
                }
                let shape = [5, positions, 1]
                let channels = (0..<5).map { Array(map[$0 * positions..<($0 + 1) * positions]) }
                let average = Pooling.avg.pool(map.span, shape: shape)
                for (found, channel) in zip(average, channels) {
                    let mean = channel.reduce(0.0) { $0 + Double($1) } / Double(positions)
                    #expect(abs(Double(found) - mean) < 1e-5, "seed \(seed), \(positions)")
                }
                #expect(
                    Pooling.max.pool(map.span, shape: shape)
                        == channels.map { $0.max() ?? .nan }, "seed \(seed), \(positions)")
                #expect(Pooling.flatten.pool(map.span, shape: shape) == map, "seed \(seed)")
            }
        }
    }

    @Test(arguments: Pooling.allCases)
    func leavesAVectorAsItIs(pooling: Pooling) {
        let vector: [Float] = [3, -1, 2]
        #expect(pooling.pool(vector.span, shape: [3]) == vector)
        #expect(pooling.pool(vector.span, shape: [3, 1, 1]) == vector)
        #expect(pooling.dimension(of: [3]) == 3)
    }

    @Test func channelsBehindTheirPositionsArePooledTheSame() {
        withEverySeed { generator, seed in
            let map = (0..<5 * 6).map { _ in Float.random(in: -3..<3, using: &generator) }
            // The same numbers with the channels last, and with them between height and width.
            let last = (0..<6).flatMap { position in (0..<5).map { map[$0 * 6 + position] } }
            let between = (0..<2).flatMap { row in
                (0..<5).flatMap { channel in (0..<3).map { map[channel * 6 + row * 3 + $0] } }
            }
            for pooling in [Pooling.avg, .max] {
                let expected = pooling.pool(map.span, shape: [5, 2, 3])
                let others = [
                    pooling.pool(last.span, shape: [2, 3, 5], channelAxis: 2),
                    pooling.pool(last.span, shape: [6, 5], channelAxis: 1),
                    pooling.pool(between.span, shape: [2, 5, 3], channelAxis: 1),
                ]
                for other in others {
                    #expect(other.count == 5)
                    for (found, wanted) in zip(other, expected) {
                        #expect(abs(found - wanted) < 1e-5, "seed \(seed), \(pooling)")
                    }
                }
            }
            #expect(Pooling.flatten.pool(last.span, shape: [2, 3, 5], channelAxis: 2) == last)
        }
        #expect(Pooling.avg.dimension(of: [7, 7, 1280], channelAxis: 2) == 1280)
        #expect(Pooling.flatten.dimension(of: [7, 7, 1280], channelAxis: 2) == 62_720)
    }

    @Test func dimensionsFollowTheShape() {
        #expect(Pooling.avg.dimension(of: [1280, 7, 7]) == 1280)
        #expect(Pooling.max.dimension(of: [1280, 7, 7]) == 1280)
        #expect(Pooling.flatten.dimension(of: [1280, 7, 7]) == 62_720)
    }
}

@Suite struct ExtractorTests {
    @Test(arguments: [
        "efficientnet-lite0/top_conv.avg", "m/Conv2d_13_pointwise/Relu6.max", "m/a.b.c.flatten",
    ])
    func readsWhatItWrites(text: String) throws {
        #expect(try Extractor(text).description == text)
    }

    @Test func takesLayersWithSlashesAndDots() throws {
        let extractor = try Extractor("m/a/b.c.max")
        #expect(extractor == Extractor(model: "m", layer: "a/b.c", pooling: .max))
    }

    @Test(arguments: ["", "m", "m/l", "m/.avg", "/l.avg", "m/l.mean", "m.avg", "l.avg/x"])
    func refusesWhatNamesNoExtractor(text: String) {
        #expect {
            _ = try Extractor(text)
        } throws: { ($0 as? ExtractionError)?.code == .invalidExtractor }
    }
}
