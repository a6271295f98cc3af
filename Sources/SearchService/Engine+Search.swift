import FeatureExtraction
import FeatureStorage
import ImageDecoding
import IndexCatalog
import JSON
import MappedStorage
import PayloadFilter
import VectorCore
import VectorFiles

extension Engine {
    /// Finds the nearest points.
    ///
    /// An index that is damaged is set aside under a name that ends in `.corrupt`, and the answer is
    /// exact; a warning says so.
    ///
    /// - Throws: ``ServiceError`` with `notFound`, `invalidRequest`, `invalidData` where the query is
    ///   an unusable image or vector, `unavailable` where an image needs what is not installed, `busy`
    ///   where what is found is changed again and again before it can be shown.
    public func search(_ request: SearchRequest) throws(ServiceError) -> SearchResponse {
        try search(request, onFound: {})
    }

    /// As `search`, and calls `onFound` each time that points have been found, before what they have to
    /// show is read.
    package func search(
        _ request: SearchRequest, onFound: () throws(ServiceError) -> Void
    ) throws(ServiceError) -> SearchResponse {
        try Self.validate(k: request.k)
        try request.scope.validate()
        let (collection, field) = try resolve(request.collection, request.vector)
        let metric = request.metric ?? field.metric
        let extraction = Stopwatch()
        let queries = try queries(request.query, collection, field)
        let extractionSeconds = extraction.seconds
        return try searching { () throws(ServiceError) in
            let opening = Stopwatch()
            let pinned = try self.pinned(
                collection, field, metric, request.mode, request.scope.filter)
            let openSeconds = opening.seconds
            let searching = Stopwatch()
            let task = SearchTask(
                k: request.k, effort: request.effort,
                within: request.scope.within, excluded: queries.excluded,
                selection: pinned.selection)
            let found = try self.found(queries.matrix, task, request.scope, pinned)
            let searchSeconds = searching.seconds
            try onFound()
            return SearchResponse(
                vector: field.name, metric: metric, kind: pinned.searcher.kind,
                answers: try answers(found, queries, collection, request.scope),
                extractionSeconds: extractionSeconds, openSeconds: openSeconds,
                searchSeconds: searchSeconds, warnings: pinned.warnings)
        }
    }

    /// What queries found: points in a row, or in groups.
    enum Found {
        case points([[PointDistance]])
        case groups([[FoundGroup]])
    }

    /// Answers queries within a scope.
    ///
    /// - Throws: ``ServiceError`` as the index does, or where no setting reaches a recall.
    func found(
        _ queries: FloatMatrix, _ task: SearchTask, _ scope: SearchScope, _ pinned: PinnedSearch
    ) throws(ServiceError) -> Found {
        guard let grouping = scope.grouping else {
            var task = task
            task.k += scope.offset
            let found = try pinned.searcher.searchBatch(queries, task)
            return .points(
                scope.offset == 0 ? found : found.map { Array($0.dropFirst(scope.offset)) })
        }
        var groups: [[FoundGroup]] = []
        for row in 0..<queries.rows {
            let query = FloatMatrix([queries.vector(row)], columns: queries.columns)
            groups.append(try self.groups(query, task, grouping, pinned))
        }
        return .groups(groups)
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

    /// What was found, as people see it.
    ///
    /// - Throws: ``ServiceError`` where a point is gone, or its payload is not one that belongs in the answer
    ///   any more; a search of the store as it is now may succeed.
    private func answers(
        _ found: Found, _ queries: Queries, _ collection: StoredCollection, _ scope: SearchScope
    ) throws(ServiceError) -> [SearchAnswer] {
        let answers = try read { transaction throws(StorageError) -> [SearchAnswer]? in
            var answers: [SearchAnswer] = []
            for (row, name) in queries.names.enumerated() {
                var hits: [SearchHit] = []
                var groups: [SearchGroup]?
                switch found {
                case .points(let points):
                    guard
                        let known = try transaction.hits(
                            points[row], in: collection, where: scope.accepts)
                    else { return nil }
                    hits = known
                case .groups(let found):
                    var known: [SearchGroup] = []
                    for group in found[row] {
                        let hits = try transaction.hits(group.points, in: collection) {
                            scope.accepts($0, $1) && scope.groups($1, by: group.value)
                        }
                        guard let hits else { return nil }
                        known.append(SearchGroup(value: group.value.json, hits: hits))
                    }
                    groups = known
                }
                answers.append(
                    SearchAnswer(
                        query: name, queryPayload: queries.payload, hits: hits, groups: groups))
            }
            return answers
        }
        guard let answers else { throw ServiceError(StoredRows.outdated) }
        return answers
    }
}

extension SearchScope {
    /// Whether a point fulfils the filter.
    fileprivate func accepts(_ id: PointID, _ payload: JSONObject) -> Bool {
        filter?.matches(id: id.filterID, payload: payload) ?? true
    }

    /// Whether a payload puts its point into the group of a value.
    fileprivate func groups(_ payload: JSONObject, by value: MatchedValue) -> Bool {
        // The walk ends, and says so, where the value is met.
        !(grouping?.field.forEachValue(in: payload) { found in
            !(found.arrayValue ?? [found]).contains { MatchedValue($0) == value }
        } ?? true)
    }
}

extension ReadTransaction {
    /// Points as people see them, or nil where one of them is not there any more, or is not accepted.
    fileprivate func hits(
        _ points: [PointDistance], in collection: StoredCollection,
        where accepts: (PointID, JSONObject) -> Bool
    ) throws(StorageError) -> [SearchHit]? {
        var hits: [SearchHit] = []
        hits.reserveCapacity(points.count)
        for point in points {
            let number = PointNumber(rawValue: point.point)
            guard let id = try id(of: number, in: collection) else { return nil }
            let payload = try payload(of: number, in: collection) ?? [:]
            guard accepts(id, payload) else { return nil }
            hits.append(
                SearchHit(
                    rank: hits.count + 1, id: id.description, distance: Double(point.distance),
                    payload: .object(payload)))
        }
        return hits
    }
}
