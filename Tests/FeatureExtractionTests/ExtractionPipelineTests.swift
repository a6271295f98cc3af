import FeatureExtraction
import Foundation
import ImageDecoding
import Synchronization
import Testing

@Suite(.enabled(if: TestModels.hasShared && TestModels.hasDefault, "\(TestModels.noShared)"))
struct ExtractionPipelineTests {
    struct Stop: Error {}

    func extractor() throws -> FeatureExtractor {
        let model = try TestModels.installed.model(named: "efficientnet-lite0")
        return try FeatureExtractor(
            model: model,
            extractors: [model.manifest.extractor(layer: "top_conv", pooling: .avg)])
    }

    @Test(arguments: [(1, 1), (2, 4), (3, 2), (2, 100)])
    func deliversInOrderWithFailuresInTheirPlaces(threads: Int, batchSize: Int) throws {
        let photos = try TestModels.photos()
        let pipeline = ExtractionPipeline(
            extractor: try extractor(), threads: threads, batchSize: batchSize)
        let alone = try pipeline.extractors[0].features(ofImage: ImageFile.bytes(of: photos[0]))[0]
        let broken: Set = [0, 5, 6, 7, 8, 22]
        var order: [Int] = []
        var failed: Set<Int> = []
        var last: ExtractionProgress?
        let timings = try pipeline.run(
            count: 23,
            read: { index in
                if index == 5 { throw Stop() }
                let bytes = try ImageFile.bytes(of: photos[index % photos.count])
                return broken.contains(index) ? Array(bytes.prefix(3000)) : bytes
            },
            deliver: { images, _ in
                for image in images {
                    order.append(image.index)
                    switch image.outcome {
                    case .success(let features):
                        #expect(features.vectors.map(\.count) == [1280])
                        #expect(features.width > 100 && features.height > 100)
                        if image.index % photos.count == 0 {
                            let cosine = TestModels.cosine(features.vectors[0], alone)
                            #expect(cosine > 0.999999, "image \(image.index)")
                        }
                    case .failure(let error):
                        #expect(error.code == .badImage)
                        failed.insert(image.index)
                    }
                }
            }, progress: { last = $0 })
        #expect(order == Array(0..<23))
        #expect(failed == broken)
        #expect(timings.images == 23 && timings.failed == broken.count)
        #expect(last?.done == 23 && last?.total == 23 && last?.failed == broken.count)
        #expect(timings.threads == threads)
    }

    @Test func stopsWhenDeliveryFails() throws {
        let photos = try TestModels.photos()
        let pipeline = ExtractionPipeline(
            extractor: try extractor(), threads: 2, batchSize: 1)
        let read = Mutex(0)
        #expect(throws: Stop.self) {
            _ = try pipeline.run(
                count: 10_000,
                read: { index in
                    read.withLock { $0 += 1 }
                    return try ImageFile.bytes(of: photos[index % photos.count])
                }, deliver: { _, _ in throw Stop() })
        }
        // No more was begun than may wait for a slow taker.
        #expect(read.withLock { $0 } < 50)
    }

    @Test func nothingToDoDeliversNothing() throws {
        let timings = try ExtractionPipeline(extractor: extractor()).run(
            count: 0, read: { _ in [] }, deliver: { _, _ in Issue.record("nothing to deliver") })
        #expect(timings.images == 0)
    }

    @Test func longVectorsMakeSmallBatches() throws {
        let model = try TestModels.installed.model(named: "efficientnet-lite0")
        let long = try FeatureExtractor(
            model: model,
            extractors: [model.manifest.extractor(layer: "stem_conv", pooling: .flatten)])
        #expect(long.dimensions == [32 * 112 * 112])
        #expect(
            ExtractionPipeline(extractor: long, threads: 2, batchSize: 1000).batchSize < 30)
        #expect(ExtractionPipeline(extractor: try extractor()).batchSize == 2)
    }
}
