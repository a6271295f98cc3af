import FeatureExtraction
import FeatureStorage
import Flat
import ImageDecoding
import IndexCatalog
import JSON
import MappedStorage
import VectorCore
import VectorFiles

extension Engine {
    /// Finds the nearest points.
    ///
    /// An index that is damaged is set aside under a name that ends in `.corrupt`, and the answer is
    /// exact; a warning says so.
    ///
    /// - Throws: ``ServiceError`` with `notFound`, `invalidRequest`, `invalidData` where the query is
    ///   an unusable image or vector, `unavailable` where an image needs what is not installed.
    public func search(_ request: SearchRequest) throws(ServiceError) -> SearchResponse {
        try Self.validate(k: request.k)
        let (collection, field) = try resolve(request.collection, request.vector)
        let metric = request.metric ?? field.metric
        let extraction = Stopwatch()
        let queries = try queries(request.query, collection, field)
        let extractionSeconds = extraction.seconds
        let opening = Stopwatch()
        let (searcher, warnings) = try searcher(
            collection, field, metric, request.mode)
        let openSeconds = opening.seconds
        let searching = Stopwatch()
        let found = try searcher.searchBatch(
            queries.matrix, k: request.k,
            request.efSearch.map { .efSearch($0) } ?? .usual, excluding: queries.excluded,
            threads: nil)
        let searchSeconds = searching.seconds
        return SearchResponse(
            vector: field.name, metric: metric, kind: searcher.kind,
            answers: try answers(found, queries, collection),
            extractionSeconds: extractionSeconds, openSeconds: openSeconds,
            searchSeconds: searchSeconds, warnings: warnings)
    }

    /// Query vectors and what people call them.
    private struct Queries {
        let matrix: FloatMatrix
        let names: [String]
        /// The point that asks, where one does.
        var excluded: UInt64?
        var payload: JSONValue?
    }

    private func queries(
        _ query: SearchQuery, _ collection: StoredCollection, _ field: VectorField
    ) throws(ServiceError) -> Queries {
        switch query {
        case .image(let path):
            let vector = try imageVector(path, field)
            return Queries(
                matrix: FloatMatrix([vector], columns: field.dimension), names: [path])
        case .id(let text):
            return try read { transaction throws(StorageError) in
                let id = try PointID(text)
                let number = try transaction.existingNumber(of: id, in: collection)
                guard let vector = try transaction.vector(of: number, field) else {
                    throw StorageError(
                        .noSuchPoint, "The point \(id) has no vector in the field “\(field.name)”.")
                }
                return Queries(
                    matrix: FloatMatrix([vector.floats], columns: field.dimension),
                    names: [id.description], excluded: number.rawValue,
                    payload: .object(try transaction.payload(of: number, in: collection) ?? [:]))
            }
        case .vectorFile(let path):
            let matrix = try Self.vectors(path, dimension: field.dimension)
            return Queries(
                matrix: matrix, names: (0..<matrix.rows).map { "\(path), row \($0)" })
        }
    }

    /// All vectors of a file that are to be compared with a field's.
    ///
    /// - Throws: ``ServiceError`` with `invalidData` where their length is another or they are not
    ///   finite.
    static func vectors(_ path: String, dimension: Int) throws(ServiceError) -> FloatMatrix {
        let file = try openVectors(path)
        guard file.dimension == dimension else {
            throw ServiceError(
                .invalidData,
                "The vectors in \(path) have \(file.dimension) numbers, but the field's have "
                    + "\(dimension).")
        }
        do {
            let matrix = try file.floatMatrix()
            guard let (row, column) = matrix.firstNonFinite else { return matrix }
            throw ServiceError(
                .invalidData,
                "Number \(column) of row \(row) in \(path) is not finite; vectors must be finite.")
        } catch let error as VectorFileError {
            throw ServiceError(error)
        } catch let error as ServiceError {
            throw error
        } catch {
            throw ServiceError(.inputOutput, "\(error)")
        }
    }

    /// The vector that a field's own extractor makes of an image.
    private func imageVector(
        _ path: String, _ field: VectorField
    ) throws(ServiceError) -> [Float] {
        guard let description = field.extractor else {
            throw ServiceError(
                .invalidRequest,
                "The vectors of “\(field.name)” were not made from images; search it by --id or "
                    + "--vector-file.")
        }
        let bytes = try readImageFile(path)
        do {
            let extractor = try Extractor(description)
            let model = try ModelCatalog.installed().model(named: extractor.model)
            let features = try FeatureExtractor(model: model, extractors: [extractor])
            guard let vector = try features.features(ofImage: bytes).first,
                vector.count == field.dimension
            else {
                throw ExtractionError(
                    .inferenceFailed,
                    "\(description) now gives vectors of another length than those stored; ingest "
                        + "the images again into a new collection.")
            }
            return vector
        } catch {
            throw ServiceError(error, path: path)
        }
    }

    /// The bytes of an image file.
    ///
    /// - Throws: ``ServiceError`` with `inputOutput` where it cannot be read or is no regular file of
    ///   at most ``ImageFile/usualMaximumBytes``.
    func readImageFile(_ path: String) throws(ServiceError) -> [UInt8] {
        do {
            return try ImageFile.bytes(of: path)
        } catch {
            throw ServiceError(.inputOutput, "The image \(error.message)")
        }
    }

    private func answers(
        _ found: [[PointDistance]], _ queries: Queries, _ collection: StoredCollection
    ) throws(ServiceError) -> [SearchAnswer] {
        try read { transaction throws(StorageError) in
            var answers: [SearchAnswer] = []
            for (row, neighbors) in found.enumerated() {
                var hits: [SearchHit] = []
                for neighbor in neighbors {
                    let number = PointNumber(rawValue: neighbor.point)
                    // A point that was deleted after the search has nothing to show.
                    guard let id = try transaction.id(of: number, in: collection) else { continue }
                    let payload = try transaction.payload(of: number, in: collection)
                    hits.append(
                        SearchHit(
                            rank: hits.count + 1, id: id.description,
                            distance: Double(neighbor.distance), payload: .object(payload ?? [:])))
                }
                answers.append(
                    SearchAnswer(
                        query: queries.names[row], queryPayload: queries.payload, hits: hits))
            }
            return answers
        }
    }
}
