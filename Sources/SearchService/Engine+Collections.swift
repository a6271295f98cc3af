import FeatureStorage
import Foundation
import JSON
import Locks

extension Engine {
    /// All collections, by name.
    ///
    /// - Throws: ``ServiceError`` where the store cannot be read.
    public func collections() throws(ServiceError) -> [CollectionSummary] {
        try read { transaction throws(StorageError) in
            var summaries: [CollectionSummary] = []
            for collection in try transaction.collections() {
                summaries.append(try transaction.summary(of: collection))
            }
            return summaries
        }
    }

    /// One collection.
    ///
    /// - Throws: ``ServiceError`` with `notFound`.
    public func collection(_ name: String) throws(ServiceError) -> CollectionSummary {
        try read { transaction throws(StorageError) in
            try transaction.summary(of: try transaction.existingCollection(named: name))
        }
    }

    /// Deletes a collection with its points, and the files of its indexes.
    ///
    /// - Throws: ``ServiceError`` with `notFound`.
    public func deleteCollection(_ name: String) throws(ServiceError) {
        try exclusive.withTurn { () throws(ServiceError) in
            try write { transaction throws(StorageError) in
                _ = try transaction.reader.existingCollection(named: name)
                _ = try transaction.deleteCollection(named: name)
            }
            try removeLeftoverFiles()
        }
        views.removeAll()
    }

    /// One point.
    ///
    /// - Throws: ``ServiceError`` with `notFound`, or `invalidRequest` where `id` is none.
    public func point(
        _ id: String, in collection: String
    ) throws(ServiceError) -> PointRecord {
        try read { transaction throws(StorageError) in
            let found = try transaction.existingCollection(named: collection)
            let number = try transaction.existingNumber(of: try PointID(id), in: found)
            return try transaction.record(
                of: number, try PointID(id), try transaction.fields(of: found), in: found)
        }
    }

    /// Checks that a point exists, without reading what it holds, and returns its id as it is kept.
    ///
    /// - Throws: ``ServiceError`` with `notFound`, or `invalidRequest` where `id` is none.
    public func requirePoint(_ id: String, in collection: String) throws(ServiceError) -> String {
        try read { transaction throws(StorageError) in
            let found = try transaction.existingCollection(named: collection)
            _ = try transaction.existingNumber(of: try PointID(id), in: found)
            return try PointID(id).description
        }
    }

    /// Deletes a point.
    ///
    /// - Throws: ``ServiceError`` with `notFound`, or `invalidRequest` where `id` is none.
    public func deletePoint(_ id: String, in collection: String) throws(ServiceError) {
        try write { transaction throws(StorageError) in
            let found = try transaction.reader.existingCollection(named: collection)
            _ = try transaction.reader.existingNumber(of: try PointID(id), in: found)
            _ = try transaction.deletePoint(try PointID(id), from: found)
        }
    }

    /// How many points a collection has.
    ///
    /// - Throws: ``ServiceError`` with `notFound`.
    public func pointCount(in collection: String) throws(ServiceError) -> Int {
        try read { transaction throws(StorageError) in
            try transaction.pointCount(of: try transaction.existingCollection(named: collection))
        }
    }
}

extension WriteTransaction {
    /// The collection of a name, made where it does not exist.
    func ensureCollection(
        named name: String, imageRoot: String? = nil
    ) throws(StorageError) -> StoredCollection {
        if let collection = try reader.collection(named: name) { return collection }
        return try createCollection(named: name, imageRoot: imageRoot)
    }
}

extension ReadTransaction {
    fileprivate func summary(
        of collection: StoredCollection
    ) throws(StorageError) -> CollectionSummary {
        var fields: [FieldSummary] = []
        for field in try self.fields(of: collection) { fields.append(try summary(of: field)) }
        return CollectionSummary(
            name: collection.name, pointCount: try pointCount(of: collection),
            root: collection.imageRoot, fields: fields)
    }
}
