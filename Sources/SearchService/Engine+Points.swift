public import FeatureStorage
import JSON
import Locks
import VectorCore

extension Engine {
    /// Writes points with a vector each and waits until they are on disk: all of them or none.
    ///
    /// The collection and the field are made where they are missing. The points' other fields are left.
    ///
    /// - Returns: how many points are new; the others were there.
    /// - Throws: ``ServiceError`` with `invalidData` where a vector does not fit the field,
    ///   `invalidRequest` where a name cannot be or the field has another metric, `inputOutput` where
    ///   the store cannot be written.
    @discardableResult
    public func upsert(_ request: VectorUpsertRequest) throws(ServiceError) -> Int {
        guard let first = request.entries.first?.vector else { return 0 }
        let element = first.elementType
        let dimension = first.count
        return try exclusive.withTurn { () throws(ServiceError) in
            try write { transaction throws(StorageError) in
                let collection = try transaction.ensureCollection(named: request.collection)
                let known = try transaction.reader.field(named: request.vector, of: collection)
                if let metric = request.metric, let known, known.metric != metric {
                    throw StorageError(
                        .invalidParameter,
                        "The vector “\(known.name)” has the metric \(known.metric), not \(metric); "
                            + "name no metric here, and name it where you search or build.")
                }
                let field = try transaction.ensureField(
                    named: request.vector, dimension: dimension, elementType: element,
                    metric: request.metric ?? .l2, extractor: known?.extractor, of: collection)
                var added = 0
                for entry in request.entries {
                    if try transaction.reader.number(of: entry.id, in: collection) == nil {
                        let point = Point(
                            id: entry.id, payload: entry.payload ?? [:],
                            vectors: [field.name: entry.vector])
                        try transaction.upsert(point, into: collection)
                        added += 1
                    } else {
                        try transaction.setVectors(
                            [field.name: entry.vector], of: entry.id, in: collection)
                        if let payload = entry.payload {
                            try transaction.setPayload(payload, of: entry.id, in: collection)
                        }
                    }
                }
                return added
            }
        }
    }

    /// Deletes points with all that they have: all of them or, where one is unknown, none.
    ///
    /// - Throws: ``ServiceError`` with `notFound` naming the first point that is unknown.
    public func deletePoints(
        _ ids: [PointID], in collection: String
    ) throws(ServiceError) {
        try write { transaction throws(StorageError) in
            let found = try transaction.reader.existingCollection(named: collection)
            for id in ids { _ = try transaction.reader.existingNumber(of: id, in: found) }
            for id in ids { try transaction.deletePoint(id, from: found) }
        }
    }

    /// Reads points, in the order of `ids`; nil for ids that are unknown.
    ///
    /// - Throws: ``ServiceError`` with `notFound` where there is no such collection.
    public func points(
        _ ids: [PointID], in collection: String
    ) throws(ServiceError) -> [PointRecord?] {
        try read { transaction throws(StorageError) in
            let found = try transaction.existingCollection(named: collection)
            let fields = try transaction.fields(of: found)
            var records: [PointRecord?] = []
            for id in ids {
                guard let number = try transaction.number(of: id, in: found) else {
                    records.append(nil)
                    continue
                }
                records.append(try transaction.record(of: number, id, fields, in: found))
            }
            return records
        }
    }

    /// What a field holds.
    ///
    /// - Parameters:
    ///   - vector: the field; nil where the collection has only one.
    ///   - collection: the collection.
    /// - Throws: ``ServiceError`` with `notFound`, or `invalidRequest` where the request must say
    ///   which of several fields it means.
    public func field(
        _ vector: String?, of collection: String
    ) throws(ServiceError) -> FieldSummary {
        let (_, field) = try resolve(collection, vector)
        return try read { transaction throws(StorageError) in try transaction.summary(of: field) }
    }

    /// Calls `body` with every vector of a field in the order of ids, as one moment has them.
    ///
    /// - Parameters:
    ///   - vector: the field; nil where the collection has only one.
    ///   - collection: the collection.
    ///   - body: gets the point's id and its vector as floats; returns whether to go on. It must not
    ///     call this engine.
    /// - Throws: ``ServiceError`` with `notFound`, `invalidRequest` where the request must say which of
    ///   several fields it means, or `invalidData` where a vector is damaged.
    public func forEachVector(
        _ vector: String?, of collection: String,
        _ body: (_ id: PointID, _ vector: Span<Float>) -> Bool
    ) throws(ServiceError) {
        let (found, field) = try resolve(collection, vector)
        var numbers = [Float](repeating: 0, count: field.dimension)
        try read { transaction throws(StorageError) in
            try transaction.forEachPoint(of: found) { id, number throws(StorageError) in
                var span = numbers.mutableSpan
                guard try transaction.copyVector(of: number, field, into: &span) else {
                    return true
                }
                return body(id, numbers.span)
            }
        }
    }
}

extension ReadTransaction {
    /// A point as people see it.
    func record(
        of number: PointNumber, _ id: PointID, _ fields: [VectorField],
        in collection: StoredCollection
    ) throws(StorageError) -> PointRecord {
        var vectors: [(field: String, dimension: Int)] = []
        for field in fields {
            let count = try withVector(of: number, field) { vector throws(StorageError) in
                vector.count
            }
            if let count { vectors.append((field.name, count)) }
        }
        return PointRecord(
            id: id.description, payload: .object(try payload(of: number, in: collection) ?? [:]),
            vectors: vectors)
    }

    /// A field as people see it.
    func summary(of field: VectorField) throws(StorageError) -> FieldSummary {
        FieldSummary(
            name: field.name, dimension: field.dimension,
            elementType: field.elementType.rawValue, metric: field.metric,
            extractor: field.extractor, count: try vectorCount(of: field))
    }
}
