import Synchronization
import WorkerThreads

/// Turns many image files into vectors on all cores.
///
/// Every thread decodes a small batch and runs the network on it by itself, so that one decodes
/// while another computes, nothing is handed between them, and they share one copy of the weights.
/// On two cores this was faster than decoding threads beside a network that uses both cores, and
/// batches of two took the least processor time an image: larger ones leave the caches.
/// The calling thread delivers the results in order, beside the others.
public struct ExtractionPipeline: Sendable {
    /// What runs on every image; made with `threads: 1`.
    public let extractor: FeatureExtractor
    /// How many threads decode and run the network.
    public let threads: Int
    /// How many images a thread does at once, at most.
    public let batchSize: Int

    /// Sets a pipeline up.
    ///
    /// - Parameters:
    ///   - extractor: what runs on every image.
    ///   - threads: how many threads; nil means one a core.
    ///   - batchSize: how many images a thread does at once; fewer where the vectors are so long
    ///     that the results in memory would exceed 256 MiB.
    public init(extractor: FeatureExtractor, threads: Int? = nil, batchSize: Int = 2) {
        self.extractor = extractor
        self.threads = max(1, threads ?? WorkerThreads.availableCores)
        let vectorBytes = 4 * extractor.dimensions.reduce(0, +)
        let fitting = (256 << 20) / max(1, vectorBytes * Self.window(self.threads))
        self.batchSize = max(1, min(batchSize, fitting))
    }

    /// Extracts from every image and delivers the results in order.
    ///
    /// An image that cannot be read or decoded is delivered with the reason, and the others go on.
    ///
    /// - Parameters:
    ///   - count: how many images.
    ///   - read: gives the bytes of an image's file; called on many threads at once.
    ///   - deliver: gets the next results in order, a batch or more at a time; called on the
    ///     calling thread. If it throws, extraction stops and the error is passed on.
    ///   - progress: told after every delivery.
    /// - Returns: where the time went.
    /// - Throws: what `deliver` throws, or ``ExtractionError`` with `inferenceFailed` or `system`.
    public func run(
        count: Int, read: @escaping @Sendable (_ index: Int) throws -> [UInt8],
        deliver: (_ images: [ExtractedImage]) throws -> Void,
        progress: (ExtractionProgress) -> Void = { _ in }
    ) throws -> ExtractionTimings {
        let clock = ContinuousClock()
        let start = clock.now
        let handover = OrderedHandover<Result<[ExtractedImage], ExtractionError>>(
            count: (count + batchSize - 1) / batchSize, window: Self.window(threads))
        let spent = Mutex(ExtractionTimings())
        var timings = ExtractionTimings()
        try WorkerThreads.run(threads) { _ in
            var worker = ExtractionWorker(extractor: extractor, batchSize: batchSize)
            while let batch = handover.claim() {
                let first = batch * batchSize
                handover.put(batch, worker.extract(first..<min(first + batchSize, count), read))
            }
            let (decode, inference) = (worker.decodeSeconds, worker.inferenceSeconds)
            spent.withLock { spent in
                spent.decodeSeconds += decode
                spent.inferenceSeconds += inference
            }
        } beside: { started in
            defer { handover.stop() }
            guard started > 0 else {
                throw ExtractionError(.system, "The system refuses threads; end other programs.")
            }
            timings.threads = started
            while true {
                let batches = handover.take()
                if batches.isEmpty { return }
                var images: [ExtractedImage] = []
                var failure: ExtractionError?
                for batch in batches where failure == nil {
                    switch batch {
                    case .success(let done): images += done
                    case .failure(let error): failure = error
                    }
                }
                let before = clock.now
                if !images.isEmpty { try deliver(images) }
                timings.deliverySeconds += (clock.now - before).seconds
                if let failure { throw failure }
                timings.images += images.count
                timings.failed += images.count {
                    if case .failure = $0.outcome { true } else { false }
                }
                progress(
                    ExtractionProgress(
                        total: count, done: timings.images, failed: timings.failed,
                        seconds: (clock.now - start).seconds))
            }
        }
        spent.withLock { spent in
            timings.decodeSeconds = spent.decodeSeconds
            timings.inferenceSeconds = spent.inferenceSeconds
        }
        timings.seconds = (clock.now - start).seconds
        return timings
    }

    /// How many batches may be in work or waiting to be delivered.
    private static func window(_ threads: Int) -> Int { 2 * threads + 2 }
}

extension Duration {
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
