import FeatureStorage
import Foundation
import Locks
import VectorCore

extension Engine {
    /// Takes in the images of a folder; see ``ingestImages(_:announce:progress:)``.
    ///
    /// - Throws: ``ServiceError`` as ``ImageIngestSource/init(_:)`` does, too.
    public func ingestImages(
        _ request: ImageIngestRequest, progress: (@Sendable (WorkProgress) -> Void)? = nil
    ) throws(ServiceError) -> ImageIngestReport {
        try ingestImages(ImageIngestSource(request), progress: progress)
    }

    /// Takes in the images of a folder: features of the layers asked for, and where each image is.
    ///
    /// Images whose files have the size and time that their points know are not opened, so a run that
    /// was cut off is completed by the same request. A file of other content has all its vectors made
    /// anew; one that has moved keeps its point. An image that cannot be used is reported and the
    /// others go on.
    ///
    /// - Parameters:
    ///   - source: what to take in.
    ///   - announce: told what it is going to need before anything is written.
    ///   - progress: told after every few images.
    /// - Throws: ``ServiceError`` with `inputOutput` where the disk has too little room or the store
    ///   cannot be written, `invalidRequest` where the collection holds images of another folder or a
    ///   field has another metric.
    public func ingestImages(
        _ source: ImageIngestSource, announce: (ImageIngestAnnouncement) -> Void = { _ in },
        progress: (@Sendable (WorkProgress) -> Void)? = nil
    ) throws(ServiceError) -> ImageIngestReport {
        let clock = Stopwatch()
        return try exclusive.withTurn { () throws(ServiceError) in
            let ingest = try ImageIngest(engine: self, source: source)
            let announcement = try ingest.announcement(store: store.path)
            announce(announcement)
            try announcement.requireRoom(at: store.path)
            let outcome = try ingest.run(on: self, progress: progress)
            return ImageIngestReport(source, ingest.plan, announcement, outcome, clock)
        }
    }

    /// What an ingest would do and need; nothing is written.
    ///
    /// - Throws: ``ServiceError`` as ``ingestImages(_:announce:progress:)`` does.
    public func rehearseImages(
        _ source: ImageIngestSource
    ) throws(ServiceError) -> ImageIngestReport {
        try source.rehearse(on: self, store: store.path)
    }

    /// Throws where a field that is there has another metric than the one named.
    func requireMetric(
        _ metric: DistanceMetric, ofField name: String, in collection: StoredCollection
    ) throws(ServiceError) {
        let field = try read { transaction throws(StorageError) in
            try transaction.field(named: name, of: collection)
        }
        guard let field, field.metric != metric else { return }
        throw ServiceError(
            .invalidRequest,
            "The vector “\(name)” has the metric \(field.metric), not \(metric); leave --metric out "
                + "here, and name the metric where you search or build.")
    }
}

extension ImageIngestSource {
    /// What an ingest into a store that is not there yet would do and need.
    ///
    /// - Throws: ``ServiceError`` where a network cannot run.
    public func rehearse(inNewStoreAt path: String) throws(ServiceError) -> ImageIngestReport {
        try rehearse(on: nil, store: path)
    }

    fileprivate func rehearse(
        on engine: Engine?, store: String
    ) throws(ServiceError) -> ImageIngestReport {
        let clock = Stopwatch()
        let ingest = try ImageIngest(engine: engine, source: self)
        return ImageIngestReport(
            self, ingest.plan, try ingest.announcement(store: store), nil, clock)
    }
}

extension ImageIngestReport {
    /// - Parameter outcome: what was done, or nil where it is a rehearsal.
    fileprivate init(
        _ source: ImageIngestSource, _ plan: ImageIngestPlan,
        _ announcement: ImageIngestAnnouncement, _ outcome: ImageIngest.Outcome?,
        _ clock: Stopwatch
    ) {
        let expected = plan.expected
        let done = outcome ?? expected
        let failures = plan.failures + done.failures
        self.init(
            collection: source.request.collection, fields: source.fields.map(\.name),
            announced: announcement, isRehearsal: outcome == nil, added: done.added,
            updated: done.updated, moved: done.moved, completed: done.completed,
            present: plan.imageCount - expected.added - expected.updated - expected.moved
                - expected.completed,
            pruned: source.request.prune ? plan.gone.count : 0,
            missing: source.request.prune ? 0 : plan.gone.count,
            staleFields: done.stale.sorted(), notImages: plan.otherCount, failures: failures,
            seconds: clock.seconds, imagesPerSecond: done.rate, decodeSeconds: done.decodeSeconds,
            inferenceSeconds: done.inferenceSeconds, storeSeconds: done.storeSeconds)
    }
}

extension ImageIngestPlan {
    /// What is done where no image fails.
    fileprivate var expected: ImageIngest.Outcome {
        var outcome = ImageIngest.Outcome()
        for file in amended {
            let marks = present.entries[file].marks
            if marks.contains(.moved) {
                outcome.moved += 1
            } else if marks.contains(.label) {
                outcome.completed += 1
            }
        }
        for file in work {
            let entry = present.entries[file]
            if !entry.isPresent {
                outcome.added += 1
            } else if entry.marks.contains(.changed) {
                outcome.updated += 1
            } else if entry.marks.isDisjoint(with: [.moved, .label]) {
                outcome.completed += 1
            }
        }
        return outcome
    }
}

extension StoredElement {
    /// The store's name for it.
    var stored: ElementType {
        switch self {
        case .f32: .f32
        case .f16: .f16
        }
    }
}
