import FeatureStorage
public import PayloadFilter

extension Engine {
    /// Makes an index over one key of a collection's payloads, so that filters on it need not read payloads.
    ///
    /// It is made in steps, between which others may write; whoever is interrupted may call it again, and
    /// it goes on. Where the index is there already nothing is done.
    ///
    /// - Parameter progress: told now and then how many points of how many are done.
    /// - Throws: ``ServiceError`` with `notFound`, or `invalidData` where the key has an index of another type
    ///   or a payload cannot be read.
    /// - Complexity: O(bytes of payloads)
    @discardableResult
    public func createPayloadIndex(
        on field: FieldPath, type: PayloadIndexType, in collection: String,
        progress: ((_ done: Int, _ total: Int) -> Void)? = nil
    ) throws(ServiceError) -> PayloadIndexSummary {
        let (found, total) = try read { transaction throws(StorageError) in
            let found = try transaction.existingCollection(named: collection)
            return (found, try transaction.pointCount(of: found))
        }
        var index = try write { transaction throws(StorageError) in
            try transaction.createPayloadIndex(on: field, type: type.stored, of: found)
        }
        while !index.isComplete {
            progress?(min(total, index.pointsKnown), total)
            let known = index
            index = try write { transaction throws(StorageError) in
                try transaction.extendPayloadIndex(known, of: found)
            }
        }
        progress?(total, total)
        return PayloadIndexSummary(index, of: found)
    }

    /// The payload indexes of a collection or, without one, of all, by collection and key.
    ///
    /// - Throws: ``ServiceError`` with `notFound`.
    public func payloadIndexes(
        in collection: String? = nil
    ) throws(ServiceError) -> [PayloadIndexSummary] {
        try read { transaction throws(StorageError) in
            var collections = try transaction.collections()
            if let collection {
                collections = [try transaction.existingCollection(named: collection)]
            }
            var summaries: [PayloadIndexSummary] = []
            for collection in collections {
                for index in try transaction.payloadIndexes(of: collection) {
                    summaries.append(PayloadIndexSummary(index, of: collection))
                }
            }
            return summaries
        }
    }

    /// Deletes the index over a key of a collection's payloads; the payloads stay.
    ///
    /// - Throws: ``ServiceError`` with `notFound` where there is none.
    public func deletePayloadIndex(
        on field: FieldPath, in collection: String
    ) throws(ServiceError) {
        let isDeleted = try write { transaction throws(StorageError) in
            let found = try transaction.reader.existingCollection(named: collection)
            return try transaction.deletePayloadIndex(on: field, of: found)
        }
        guard isDeleted else {
            throw ServiceError(
                .notFound, "The collection “\(collection)” has no payload index over “\(field)”.")
        }
    }

    /// How many points of a collection fulfil a filter.
    ///
    /// - Throws: ``ServiceError`` with `notFound`.
    public func pointCount(
        in collection: String, matching filter: PayloadFilter
    ) throws(ServiceError) -> Int {
        try read { transaction throws(StorageError) in
            let found = try transaction.existingCollection(named: collection)
            switch try transaction.points(matching: filter, in: found) {
            case .only(let points): return points.count
            case .allBut(let points):
                return try transaction.pointCount(of: found)
                    - (try transaction.presentCount(of: points, in: found))
            }
        }
    }
}

extension ReadTransaction {
    /// How many numbers are those of points.
    fileprivate func presentCount(
        of points: PointSet, in collection: StoredCollection
    ) throws(StorageError) -> Int {
        var count = 0
        try points.forEach { number throws(StorageError) in
            if try id(of: number, in: collection) != nil { count += 1 }
            return true
        }
        return count
    }
}

/// Which values a payload index has.
public enum PayloadIndexType: String, CaseIterable, Hashable, Sendable {
    /// Strings, for exact matches.
    case keyword
    /// Integers, for exact matches and ranges.
    case integer
    /// All numbers, for ranges.
    case float

    fileprivate init(_ stored: PayloadIndex.ValueType) {
        self =
            switch stored {
            case .keyword: .keyword
            case .integer: .integer
            case .float: .float
            }
    }

    /// The store's name for it.
    fileprivate var stored: PayloadIndex.ValueType {
        switch self {
        case .keyword: .keyword
        case .integer: .integer
        case .float: .float
        }
    }
}

/// What is known of a payload index.
public struct PayloadIndexSummary: Sendable {
    /// The collection.
    public let collection: String
    /// The key whose values are indexed.
    public let field: FieldPath
    /// Which values are indexed.
    public let type: PayloadIndexType
    /// How many pairs of a value and a point it has.
    public let entryCount: Int
    /// Whether it knows all points; filters use it only then.
    public let isComplete: Bool

    init(_ index: PayloadIndex, of collection: StoredCollection) {
        self.collection = collection.name
        field = index.field
        type = PayloadIndexType(index.type)
        entryCount = Int(clamping: index.entryCount)
        isComplete = index.isComplete
    }
}
