import FeatureExtraction
import Foundation
import ImageDecoding
import Locks
import WorkerThreads

/// A folder of images that has been listed, with its labels, and the models that are to describe it;
/// no store has been touched.
public struct ImageIngestSource: Sendable {
    /// What was asked for.
    public let request: ImageIngestRequest

    /// The folder's absolute path.
    let folder: String
    let listing: ImageFolder
    let labels: ImageLabels
    private(set) var extractors: [FeatureExtractor] = []

    private static let imageExtensions: Set<String> = [
        "jpg", "jpeg", "jpe", "jfif", "png", "gif", "webp", "bmp", "tif", "tiff", "heic", "heif",
        "avif",
    ]

    /// Lists a folder, reads its labels and loads the models.
    ///
    /// - Throws: ``ServiceError`` with `inputOutput` where the folder or the labels cannot be read,
    ///   `invalidData` where the folder holds no image, `notFound` for an unknown model or layer,
    ///   `invalidRequest`, or `unavailable` where the network's runtime is not installed.
    /// - Complexity: O(files · log files)
    public init(_ request: ImageIngestRequest) throws(ServiceError) {
        self.request = request
        folder = URL(fileURLWithPath: request.folder).standardizedFileURL.path
        listing = try ImageFolder(folder)
        labels = try ImageLabels(request.labels)
        try requireImages()
        try labels.requireMatch(among: listing.paths, in: request.folder)
        extractors = try LayerChoice(request).extractors()
    }

    /// The fields of every model, in the order of its vectors.
    var fieldsByModel: [[String]] { extractors.map { $0.extractors.map(\.description) } }

    /// The fields that are filled, in the order of a pipeline's vectors.
    var fields: [(name: String, dimension: Int)] {
        extractors.flatMap { model in
            zip(model.extractors, model.dimensions).map { ($0.description, $1) }
        }
    }

    /// A bit for every model.
    var allModels: UInt64 {
        extractors.count == 64 ? .max : (1 << UInt64(extractors.count)) - 1
    }

    /// How many threads work.
    var threads: Int { Engine.threads(request.threads) }

    /// Refuses a folder without any image: it is the wrong one, or its disk is not mounted.
    private func requireImages() throws(ServiceError) {
        var broken: ImageFailure?
        for file in 0..<listing.count {
            switch sniff(file) {
            case .image: return
            case .failure(let failure): broken = broken ?? failure
            case .other: continue
            }
        }
        if request.prune {
            guard !request.allowsEmpty else { return }
            throw ServiceError(
                .invalidData,
                "There is no image in \(request.folder), so --prune would delete all its points; "
                    + "mount its disk, or add --allow-empty if they are to go.")
        }
        broken = broken ?? listing.failures.first
        let reason = broken.map { " For \($0.path): \($0.reason)" } ?? ""
        throw ServiceError(
            .invalidData, "There is no JPEG or PNG image in \(request.folder).\(reason)")
    }

    /// What the first bytes of a file tell.
    enum Sniffed {
        case image
        /// It claims to be one by its name.
        case failure(ImageFailure)
        case other
    }

    /// Looks at the first bytes of a file.
    func sniff(_ file: Int) -> Sniffed {
        let path = listing.paths[file]
        let head: [UInt8]
        do throws(ImageError) {
            head = try ImageFile.head(of: "\(folder)/\(path)", count: 64)
        } catch {
            return .failure(ImageFailure(path: path, reason: error.message))
        }
        guard !ContactSheet.isSheet(head) else { return .other }
        do throws(ImageError) {
            _ = unsafe try ImageFormat(sniffing: head.span.bytes)
            return .image
        } catch {
            let claims = Self.imageExtensions.contains(
                (path as NSString).pathExtension.lowercased())
            return claims ? .failure(ImageFailure(path: path, reason: error.message)) : .other
        }
    }

    /// The content of a file, checked against the limits of the request.
    func bytes(of file: Int) throws(ImageError) -> [UInt8] {
        try ImageFile.bytes(
            of: "\(folder)/\(listing.paths[file])", maximumBytes: request.limits.bytes)
    }

    /// Reads files and hashes them, on all threads; in their order.
    func hashes(of files: [Int], threads: Int) -> [Result<ContentHash, ImageError>] {
        let results = Lock<[Result<ContentHash, ImageError>?]>(
            [Result<ContentHash, ImageError>?](repeating: nil, count: files.count))
        WorkerThreads.forEachPiece(of: files.count, piece: 16, threads: threads) { _, items in
            for item in items {
                let hash = Result { () throws(ImageError) in
                    ContentHash(of: try bytes(of: files[item]))
                }
                results.withLock { $0[item] = hash }
            }
        }
        return results.withLock { $0.compactMap(\.self) }
    }
}
