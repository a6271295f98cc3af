import FeatureExtraction
import Foundation
import Glibc
import ImageDecoding

/// What an ingest is going to need, told before it begins.
struct ImageIngestEstimate {
    private let source: ImageIngestSource
    private let plan: ImageIngestPlan
    private let pipeline: ExtractionPipeline

    /// So many images are looked at to see how large they are.
    private static let sampleCount = 32

    init(
        _ source: ImageIngestSource, _ plan: ImageIngestPlan, _ pipeline: ExtractionPipeline
    ) {
        self.source = source
        self.plan = plan
        self.pipeline = pipeline
    }

    /// The announcement for a store, which need not be there yet.
    ///
    /// - Throws: ``ServiceError`` with `inputOutput` where the disk's free space cannot be read.
    func announcement(store: String) throws(ServiceError) -> ImageIngestAnnouncement {
        let growth = storeGrowth
        return ImageIngestAnnouncement(
            images: plan.work.count, fields: source.fields.count,
            numbersPerImage: source.fields.reduce(0) { $0 + $1.dimension },
            storeBytes: Int(growth.total), peakMemoryBytes: peakMemory(mapped: Int(growth.shared)),
            freeDiskBytes: try Self.freeBytes(at: store))
    }

    /// What the store grows by, and the part of it in pages that many records share.
    private var storeGrowth: (total: Double, shared: Double) {
        guard !plan.work.isEmpty else { return (0, 0) }
        let growth = StoreGrowth()
        let element = source.request.element.stored
        let models = source.extractors.map { model in
            model.dimensions.reduce((total: 0.0, own: 0.0)) { sum, dimension in
                (
                    sum.total + growth.vector(dimension, element),
                    sum.own + growth.ownPages(dimension, element)
                )
            }
        }
        // Sizes, hash and names of the payload's members, and a short label, beside the path.
        let members = 190
        var (total, own) = (growth.commits(fields: source.fields.count), 0.0)
        for file in plan.work {
            let entry = plan.present.entries[file]
            let missing = source.missing(entry)
            for (model, size) in models.enumerated() where missing >> model & 1 == 1 {
                total += size.total
                own += size.own
            }
            total +=
                entry.isPresent
                ? growth.change(fields: source.fields.count)
                : growth.point(
                    payload: members + source.listing.paths.utf8(file).count,
                    fields: source.fields.count)
        }
        return (total, total - own)
    }

    /// What the process takes now, with the networks at work, and what comes on top.
    ///
    /// - Parameter mapped: bytes of pages that LMDB reads again, which the system takes back if need
    ///   be.
    private func peakMemory(mapped: Int) -> Int {
        let imageBytes = 4 * source.fields.reduce(0) { $0 + $1.dimension }
        let inFlight = min(pipeline.imagesInFlight, plan.work.count) * imageBytes
        // A group waits in our hands, and lies in LMDB's until it is on disk.
        let group = min(ImageWriter.groupBytes + imageBytes, 64 * imageBytes)
        // The runtime's memory grows a little while batches of other sizes come and go.
        let networks = ProcessMemory.peak() / 10 * 11
        return networks + inFlight + 2 * group + pipeline.threads * largestPicture() + mapped
    }

    /// What the largest of a sample of images takes while it is decoded.
    private func largestPicture() -> Int {
        let step = max(1, plan.work.count / Self.sampleCount)
        var largest = 0
        for index in stride(from: 0, to: plan.work.count, by: step) {
            guard let bytes = try? source.bytes(of: plan.work[index]),
                let size = try? ImageDecoder.dimensions(of: bytes)
            else { continue }
            let pixels = source.extractors.map { model in
                let side = model.preprocessing.minimumSide
                let eighths = try? ImageDecoder.eighths(of: bytes, size: size, minimumSide: side)
                let scale = Double(eighths ?? 8) / 8
                return Double(size.width) * Double(size.height) * scale * scale
            }
            largest = max(largest, bytes.count + Int(3 * (pixels.max() ?? 0)))
        }
        return largest
    }

    /// The bytes that are free where a folder is, or is going to be.
    static func freeBytes(at path: String) throws(ServiceError) -> Int {
        var folder = URL(fileURLWithPath: path).standardizedFileURL
        while folder.path != "/", !FileManager.default.fileExists(atPath: folder.path) {
            folder.deleteLastPathComponent()
        }
        var status = statvfs()
        guard unsafe statvfs(folder.path, &status) == 0 else {
            throw ServiceError(
                .inputOutput, "The free space of the disk of \(folder.path) cannot be read.")
        }
        let (bytes, overflows) = Int(clamping: status.f_bavail).multipliedReportingOverflow(
            by: Int(clamping: status.f_frsize))
        return overflows ? .max : bytes
    }
}

extension ImageIngestAnnouncement {
    /// Refuses an ingest that the disk has no room for.
    ///
    /// - Throws: ``ServiceError`` with `inputOutput` that says what to change.
    func requireRoom(at store: String) throws(ServiceError) {
        guard storeBytes > freeDiskBytes else { return }
        func text(_ bytes: Int) -> String {
            ByteCountFormatter.string(fromByteCount: Int64(bytes), countStyle: .file)
        }
        throw ServiceError(
            .inputOutput,
            "The disk of \(store) has \(text(freeDiskBytes)) free, and this ingest takes about "
                + "\(text(storeBytes)); take fewer layers, --pooling avg or --element f16, or free "
                + "space.")
    }
}

/// What the process takes of memory.
enum ProcessMemory {
    /// The most that was resident until now, in bytes; 0 where the system does not tell.
    static func peak() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let kilobytes = line?.split(separator: " ").compactMap { Int($0) }.first
        return (kilobytes ?? 0) << 10
    }
}
