import FeatureExtraction

/// How far an ingest of images has come, and how long the rest will take.
///
/// A network takes the same time for every image, decoding takes time by the file's size, so both are
/// weighed by what they have taken so far; the speed is that of the latter half of the time.
struct WorkMeter {
    private struct Mark {
        var seconds = 0.0
        var images = 0
        var runs = 0.0
        var bytes = 0.0
    }

    private let source: ImageIngestSource
    private var total = Mark()
    private var now = Mark()
    /// Marks of the past, not closer than a hundredth of the time.
    private var past: [Mark] = [Mark()]

    /// Speeds of shorter times than this jump about.
    private static let shortestWindow = 10.0

    init(plan: ImageIngestPlan, source: ImageIngestSource) {
        self.source = source
        for file in plan.work { Self.add(file, plan.present.entries[file], source, to: &total) }
    }

    /// Notes that an image is done.
    mutating func note(_ file: Int, _ entry: PresentImages.Entry) {
        Self.add(file, entry, source, to: &now)
    }

    private static func add(
        _ file: Int, _ entry: PresentImages.Entry, _ source: ImageIngestSource, to mark: inout Mark
    ) {
        mark.images += 1
        mark.runs += Double(source.missing(entry).nonzeroBitCount)
        mark.bytes += Double(source.listing.sizes[file])
    }

    /// How far it is, given where the time went until now.
    mutating func progress(_ timings: ExtractionTimings) -> WorkProgress {
        now.seconds = timings.seconds
        let perRun = timings.inferenceSeconds / max(now.runs, 1)
        let perByte = timings.decodeSeconds / max(now.bytes, 1)
        func cost(_ from: Mark, _ to: Mark) -> Double {
            perRun * (to.runs - from.runs) + perByte * (to.bytes - from.bytes)
        }
        let start = now.seconds - max(Self.shortestWindow, now.seconds / 2)
        while past.count > 1, past[1].seconds <= start { past.removeFirst() }
        if let last = past.last, now.seconds - last.seconds > now.seconds / 100 { past.append(now) }
        let window = past[0]
        let seconds = max(now.seconds - window.seconds, 1e-9)
        let speed = cost(window, now) / seconds
        return WorkProgress(
            done: now.images, total: total.images,
            rate: Double(now.images - window.images) / seconds,
            secondsLeft: now.images == total.images
                ? 0 : speed > 0 ? cost(now, total) / speed : .infinity,
            seconds: now.seconds)
    }
}
