internal import JSON
public import VectorCore

extension WriteTransaction {
    /// Makes a collection.
    ///
    /// - Parameters:
    ///   - name: 1 to 255 of A–Z, a–z, 0–9, `_`, `.` and `-`.
    ///   - imageRoot: the folder that picture paths in payloads are relative to, where there is one.
    /// - Throws: ``StorageError`` with `invalidName` or `collectionExists`.
    public func createCollection(
        named name: String, imageRoot: String? = nil
    ) throws(StorageError) -> StoredCollection {
        try StoredCollection.validate(name: name)
        guard try reader.collection(named: name) == nil else {
            throw StorageError(
                .collectionExists,
                "There is a collection “\(name)” already; use it, delete it, or choose another name."
            )
        }
        let collection = StoredCollection(
            id: try nextID(MetaKey.lastCollection), name: name, imageRoot: imageRoot)
        try raw.putChecked(trees.collections, Array(name.utf8), collection.record.utf8())
        return collection
    }

    /// Changes the folder that a collection's picture paths are relative to.
    ///
    /// - Throws: ``StorageError`` with `noSuchCollection` where the collection is gone.
    public func setImageRoot(
        _ imageRoot: String?, of collection: StoredCollection
    ) throws(StorageError) -> StoredCollection {
        try require(collection)
        let changed = StoredCollection(
            id: collection.id, name: collection.name, imageRoot: imageRoot)
        try raw.putChecked(trees.collections, Array(changed.name.utf8), changed.record.utf8())
        return changed
    }

    /// Deletes a collection with its points, fields, payload indexes and catalogue entries; false where there is none.
    ///
    /// The files of its indexes stay; the catalogue no longer names them.
    ///
    /// - Throws: ``StorageError`` where the store cannot be written.
    /// - Complexity: O(points · fields)
    public func deleteCollection(named name: String) throws(StorageError) -> Bool {
        guard let collection = try reader.collection(named: name) else { return false }
        let fields = try reader.fields(of: collection)
        let prefix = collection.id.bigEndianBytes
        for field in fields { try raw.deleteAll(trees.vectors, prefix: field.id.bigEndianBytes) }
        try deletePayloadIndexes(of: collection)
        for tree in [
            trees.ids, trees.points, trees.payloads, trees.counters, trees.indexes, trees.fields,
        ] {
            try raw.deleteAll(tree, prefix: prefix)
        }
        try raw.delete(trees.collections, Array(name.utf8))
        state.fields[collection.id] = nil
        try log(
            .deleteCollection, collection.id, PointNumber(rawValue: 0), fields.map(\.id),
            at: state.nextSequence())
        return true
    }

    /// Returns the vector field of a name, and makes it where there is none.
    ///
    /// The default metric of a field that exists stays as it is.
    ///
    /// - Parameters:
    ///   - name: 1 to 255 bytes without control characters.
    ///   - dimension: how many numbers a vector has, at least 1.
    ///   - elementType: what the numbers are.
    ///   - metric: the metric of indexes and searches that name none.
    ///   - extractor: which extractor fills it, or nil where vectors come from outside.
    ///   - collection: where the field belongs.
    /// - Throws: ``StorageError`` with `dimensionMismatch` or `fieldMismatch` where the field exists
    ///   with another dimension, element type or extractor; `invalidParameter` where the dimension
    ///   or the metric cannot be; `invalidName`; `noSuchCollection`.
    public func ensureField(
        named name: String, dimension: Int, elementType: ElementType, metric: DistanceMetric,
        extractor: String? = nil, of collection: StoredCollection
    ) throws(StorageError) -> VectorField {
        try VectorField.validate(name: name)
        guard (1...Int(Int32.max) / elementType.size - 16).contains(dimension) else {
            throw StorageError(
                .invalidParameter,
                "A vector cannot have \(dimension) numbers of \(elementType.rawValue); give at least "
                    + "1 and less than 2 GiB.")
        }
        do {
            try metric.validate()
        } catch {
            throw StorageError(.invalidParameter, error.message)
        }
        try require(collection)
        if let field = try reader.field(named: name, of: collection) {
            try field.check(dimension, elementType, extractor)
            return field
        }
        let field = VectorField(
            id: try nextID(MetaKey.lastField), collectionID: collection.id, name: name,
            dimension: dimension, elementType: elementType, metric: metric, extractor: extractor)
        try raw.putChecked(trees.fields, Key.field(collection.id, name), field.record.utf8())
        state.fields[collection.id] = nil
        return field
    }

    /// Throws where a handle's collection is gone.
    func require(_ collection: StoredCollection) throws(StorageError) {
        guard try reader.collection(named: collection.name)?.id == collection.id else {
            throw StorageError(
                .noSuchCollection, "The collection “\(collection.name)” has been deleted.")
        }
    }

    /// Throws where a handle's field is gone.
    func requireField(_ field: VectorField) throws(StorageError) {
        let fields = try reader.fields(ofCollection: field.collectionID)
        guard fields.contains(where: { $0.id == field.id }) else {
            throw StorageError(.noSuchField, "The vector field “\(field.name)” has been deleted.")
        }
    }

    /// The fields of a collection by name; throws where the collection is gone.
    func fieldsByName(
        _ collection: StoredCollection
    ) throws(StorageError) -> [String: VectorField] {
        if let known = state.fields[collection.id] { return known }
        try require(collection)
        var fields: [String: VectorField] = [:]
        for field in try reader.fields(of: collection) { fields[field.name] = field }
        state.fields[collection.id] = fields
        return fields
    }

    func nextID(_ key: [UInt8]) throws(StorageError) -> UInt32 {
        let last = try reader.metaNumber(key)
        guard let next = UInt32(exactly: last &+ 1) else {
            throw StorageError(
                .invalidParameter,
                "The store has made more than 4 billion of these; make a new one.")
        }
        try raw.putChecked(trees.meta, key, UInt64(next).bigEndianBytes)
        return next
    }
}

extension VectorField {
    fileprivate func check(
        _ dimension: Int, _ elementType: ElementType, _ extractor: String?
    ) throws(StorageError) {
        guard dimension == self.dimension else {
            throw StorageError(
                .dimensionMismatch,
                "The vector “\(name)” has \(self.dimension) numbers, not \(dimension); "
                    + "choose another name for the new vectors.")
        }
        guard elementType == self.elementType else {
            throw StorageError(
                .fieldMismatch,
                "The vector “\(name)” holds \(self.elementType.rawValue), not "
                    + "\(elementType.rawValue); choose another name for the new vectors.")
        }
        guard extractor == self.extractor else {
            throw StorageError(
                .fieldMismatch,
                "The vector “\(name)” is filled by \(self.extractor ?? "hand"), not by "
                    + "\(extractor ?? "hand"); choose another name for the new vectors.")
        }
    }
}
