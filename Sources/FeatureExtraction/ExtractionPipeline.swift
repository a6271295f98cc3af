public import ImageDecoding
import Locks
import WorkerThreads

/// Turns many image files into vectors on all cores, for one model or several at once.
///
/// Every thread decodes a small batch and runs the networks on it by itself, so that one decodes
/// while another computes, nothing is handed between them, and they share one copy of the weights.
/// On two cores this was faster than decoding threads beside a network that uses both cores, and
/// batches of two took the least processor time an image: larger ones leave the caches.
/// The calling thread delivers the results in order, beside the others. A file is read once for all
/// models, and decoded once for all that want it at the same scale.
public struct ExtractionPipeline: Sendable {
    /// What runs on every image; made with `threads: 1`.
    public let extractors: [FeatureExtractor]
    /// How many threads decode and run the networks.
    public let threads: Int
    /// How many images a thread does at once, at most.
    public let batchSize: Int
    /// What one image may cost.
    public let limits: ImageLimits
    /// How many batches may be in work or waiting to be delivered.
    let window: Int

    /// What results that wait to be delivered may take in memory.
    private static let waitingBytes = 256 << 20
    /// So many batches a thread may wait, which bridges the syncs of a slow disk.
    private static let longestWait = 16

    /// Sets a pipeline up.
    ///
    /// - Parameters:
    ///   - extractors: what runs on every image, a model each, at most 64.
    ///   - threads: how many threads; nil means one a core.
    ///   - batchSize: how many images a thread does at once; fewer where the vectors are so long
    ///     that the results in memory would exceed 256 MiB.
    ///   - limits: what one image may cost; one that costs more fails.
    public init(
        extractors: [FeatureExtractor], threads: Int? = nil, batchSize: Int = 2,
        limits: ImageLimits = .usual
    ) {
        precondition(extractors.count <= 64, "more models than a mask has bits")
        self.extractors = extractors
        self.limits = limits
        self.threads = max(1, threads ?? WorkerThreads.availableCores)
        let vectorBytes = max(1, 4 * extractors.reduce(0) { $0 + $1.dimensions.reduce(0, +) })
        let shortest = 2 * self.threads + 2
        self.batchSize = max(1, min(batchSize, Self.waitingBytes / (vectorBytes * shortest)))
        window = min(
            Self.longestWait * self.threads,
            max(self.threads + 1, Self.waitingBytes / (vectorBytes * self.batchSize)))
    }

    /// Sets a pipeline up for one model; see ``init(extractors:threads:batchSize:)``.
    public init(extractor: FeatureExtractor, threads: Int? = nil, batchSize: Int = 2) {
        self.init(extractors: [extractor], threads: threads, batchSize: batchSize)
    }

    /// How many images may be in work or waiting to be delivered.
    public var imagesInFlight: Int { window * batchSize }

    /// Runs every network on empty pictures as the threads will later, all at once, so that the
    /// memory that it takes is taken and can be seen.
    ///
    /// - Throws: ``ExtractionError`` with `inferenceFailed` or `system`.
    public func rehearse() throws(ExtractionError) {
        let failure = Lock<ExtractionError?>(nil)
        WorkerThreads.run(threads) { _ in
            for extractor in extractors {
                let empty = [Float](repeating: 0, count: batchSize * extractor.tensorCount)
                do throws(ExtractionError) {
                    // Only by the second time all threads are surely at work at once.
                    for _ in 0..<2 {
                        _ = try extractor.features(of: empty.span, count: batchSize)
                    }
                } catch {
                    failure.withLock { $0 = error }
                }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    /// Extracts from every image and delivers the results in order.
    ///
    /// An image that cannot be read or decoded is delivered with the reason, and the others go on.
    ///
    /// - Parameters:
    ///   - count: how many images.
    ///   - models: which of the models run on an image, a bit each; called on many threads at once.
    ///   - read: gives the bytes of an image's file; called on many threads at once.
    ///   - deliver: gets the next results in order, a batch or more at a time, and where the time
    ///     went so far; called on the calling thread. If it throws, extraction stops and the error is
    ///     passed on.
    ///   - progress: told after every delivery.
    /// - Returns: where the time went.
    /// - Throws: what `deliver` throws, or ``ExtractionError`` with `inferenceFailed` or `system`.
    public func run(
        count: Int, models: @escaping @Sendable (_ index: Int) -> UInt64 = { _ in .max },
        read: @escaping @Sendable (_ index: Int) throws -> [UInt8],
        deliver: (_ images: [ExtractedImage], _ soFar: ExtractionTimings) throws -> Void,
        progress: (ExtractionProgress) -> Void = { _ in }
    ) throws -> ExtractionTimings {
        let clock = ContinuousClock()
        let start = clock.now
        let handover = OrderedHandover<Result<[ExtractedImage], ExtractionError>>(
            count: (count + batchSize - 1) / batchSize, window: window)
        let spent = Lock(ExtractionTimings())
        var timings = ExtractionTimings()
        try WorkerThreads.run(threads) { _ in
            var worker = ExtractionWorker(
                extractors: extractors, batchSize: batchSize, limits: limits)
            while let batch = handover.claim() {
                let first = batch * batchSize
                let range = first..<min(first + batchSize, count)
                let result = worker.extract(range, models, read)
                let (decode, inference) = worker.takeSeconds()
                spent.withLock { spent in
                    spent.decodeSeconds += decode
                    spent.inferenceSeconds += inference
                }
                handover.put(batch, result)
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
                timings.setSpent(spent.withLock { $0 })
                timings.seconds = (before - start).seconds
                if !images.isEmpty { try deliver(images, timings) }
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
        timings.setSpent(spent.withLock { $0 })
        timings.seconds = (clock.now - start).seconds
        return timings
    }
}

extension ExtractionTimings {
    /// Takes over what the threads have spent until now.
    fileprivate mutating func setSpent(_ spent: ExtractionTimings) {
        decodeSeconds = spent.decodeSeconds
        inferenceSeconds = spent.inferenceSeconds
    }
}

extension Duration {
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
