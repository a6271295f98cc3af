import FeatureStorage
import Foundation
import ImageDecoding
import JSON

extension Engine {
    /// Draws an answer: the query, then its results with rank, distance and label.
    ///
    /// A picture that cannot be read any more leaves its place empty, and the sheet says so.
    ///
    /// - Parameters:
    ///   - answer: one of a search's answers.
    ///   - response: the search.
    ///   - collection: where the points' pictures are known.
    /// - Returns: a JPEG file.
    /// - Throws: ``ServiceError`` with `notFound`, or `invalidRequest` where the collection has no
    ///   pictures or there are too many results to draw.
    public func contactSheet(
        for answer: SearchAnswer, of response: SearchResponse, in collection: String
    ) throws(ServiceError) -> [UInt8] {
        let found = try read { transaction throws(StorageError) in
            try transaction.existingCollection(named: collection)
        }
        guard let root = found.imageRoot else {
            throw ServiceError(
                .invalidRequest,
                "The collection “\(collection)” was not made from images, so there is nothing to draw."
            )
        }
        let label = answer.queryPayload?["label"]?.stringValue
        let queryPath = answer.queryPayload?["path"]?.stringValue.map { "\(root)/\($0)" }
        let query = ContactSheet.Entry(
            image: picture(answer.queryPayload == nil ? answer.query : queryPath, side: 512),
            captions: [
                label ?? "query", ((queryPath ?? answer.query) as NSString).lastPathComponent,
            ].filter { !$0.isEmpty })
        let results = answer.hits.map { hit in
            let path = hit.payload["path"]?.stringValue
            let hitLabel = hit.payload["label"]?.stringValue
            return ContactSheet.Entry(
                image: picture(path.map { "\(root)/\($0)" }, side: 192),
                captions: [
                    Self.shortDistance(hit.distance), hitLabel,
                    path.map { ($0 as NSString).lastPathComponent } ?? hit.id,
                ].compactMap { $0 },
                agreement: label == nil || hitLabel == nil
                    ? .unknown : (label == hitLabel ? .same : .other))
        }
        let sheet = ContactSheet(
            title: "\(answer.hits.count) nearest in \(collection)",
            subtitle: "\(response.vector), \(response.metric), \(response.kind)", query: query,
            results: results)
        do throws(ImageError) {
            return try ImageEncoder.jpeg(try sheet.render(), comment: ContactSheet.comment)
        } catch {
            throw ServiceError(.invalidRequest, error.message)
        }
    }

    private func picture(_ path: String?, side: Int) -> PixelBuffer? {
        guard let path, let bytes = try? readImageFile(path) else { return nil }
        return try? ImageDecoder.decode(bytes, minimumSide: side)
    }

    private static func shortDistance(_ distance: Double) -> String {
        abs(distance) >= 1000
            ? String(format: "%.0f", distance) : String(format: "%.4g", distance)
    }
}
