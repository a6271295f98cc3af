internal import JSON

extension ReadTransaction {
    /// All collections, by name.
    ///
    /// - Throws: ``StorageError`` where the store cannot be read.
    public func collections() throws(StorageError) -> [StoredCollection] {
        var found: [StoredCollection] = []
        try raw.scanChecked(trees.collections, "record of a collection", from: [], prefix: []) {
            key, value throws(StorageError) in
            found.append(
                try Self.collection(name: String(decoding: key.array(), as: UTF8.self), value))
            return true
        }
        return found
    }

    /// The collection of a name, or nil where there is none.
    ///
    /// - Throws: ``StorageError`` where the store cannot be read.
    public func collection(named name: String) throws(StorageError) -> StoredCollection? {
        guard !name.isEmpty, name.utf8.count <= 255 else { return nil }
        return try raw.getChecked(
            trees.collections, Array(name.utf8), "record of the collection “\(name)”"
        ) { value throws(StorageError) in
            try Self.collection(name: name, value)
        }
    }

    /// The collection of a name.
    ///
    /// - Throws: ``StorageError`` with `noSuchCollection` where there is none.
    public func existingCollection(named name: String) throws(StorageError) -> StoredCollection {
        guard let collection = try collection(named: name) else {
            throw StorageError(
                .noSuchCollection,
                "There is no collection “\(name)”; the collections are "
                    + "\(Self.list(try collections().map(\.name))).")
        }
        return collection
    }

    /// The vector fields of a collection, by name.
    ///
    /// - Throws: ``StorageError`` where the store cannot be read.
    public func fields(of collection: StoredCollection) throws(StorageError) -> [VectorField] {
        try fields(ofCollection: collection.id)
    }

    /// The vector field of a name, or nil where there is none.
    ///
    /// - Throws: ``StorageError`` where the store cannot be read.
    public func field(
        named name: String, of collection: StoredCollection
    ) throws(StorageError) -> VectorField? {
        guard !name.isEmpty, name.utf8.count <= 255 else { return nil }
        let key = Key.field(collection.id, name)
        return try raw.getChecked(trees.fields, key, "record of the vector field “\(name)”") {
            value throws(StorageError) in
            try Self.field(collection.id, name, value)
        }
    }

    /// The vector field of a name.
    ///
    /// - Throws: ``StorageError`` with `noSuchField` where there is none.
    public func existingField(
        named name: String, of collection: StoredCollection
    ) throws(StorageError) -> VectorField {
        guard let field = try field(named: name, of: collection) else {
            throw Self.noSuchField(name, try fields(of: collection))
        }
        return field
    }

    /// How many points a collection has.
    ///
    /// - Throws: ``StorageError`` where the store cannot be read.
    /// - Complexity: O(1)
    public func pointCount(of collection: StoredCollection) throws(StorageError) -> Int {
        Int(clamping: try counters(collection.id).points)
    }

    /// How many points of its collection have a vector in a field.
    ///
    /// - Throws: ``StorageError`` where the store cannot be read.
    /// - Complexity: O(1)
    public func vectorCount(of field: VectorField) throws(StorageError) -> Int {
        Int(clamping: try vectorCounter(field))
    }

    func fields(ofCollection id: UInt32) throws(StorageError) -> [VectorField] {
        var found: [VectorField] = []
        let prefix = id.bigEndianBytes
        try raw.scanChecked(trees.fields, "record of a vector field", from: prefix, prefix: prefix)
        {
            key, value throws(StorageError) in
            let name = String(decoding: key.array(from: 4), as: UTF8.self)
            found.append(try Self.field(id, name, value))
            return true
        }
        return found
    }

    func counters(
        _ collection: UInt32
    ) throws(StorageError) -> (next: UInt64, points: UInt64) {
        let key = collection.bigEndianBytes
        return try raw.getChecked(trees.counters, key, "counter") { value throws(StorageError) in
            guard value.byteCount == 16 else { throw .damagedRecord("counter") }
            return (value.integer(UInt64.self, at: 0), value.integer(UInt64.self, at: 8))
        } ?? (0, 0)
    }

    func vectorCounter(_ field: VectorField) throws(StorageError) -> UInt64 {
        let key = field.collectionID.bigEndianBytes + field.id.bigEndianBytes
        return try raw.getChecked(trees.counters, key, "counter") { value throws(StorageError) in
            try value.number(UInt64.self, of: "counter")
        } ?? 0
    }

    static func noSuchField(_ name: String, _ fields: [VectorField]) -> StorageError {
        StorageError(
            .noSuchField,
            "There is no vector “\(name)”; the collection's vectors are "
                + "\(list(fields.map(\.name))).")
    }

    static func list(_ names: [String]) -> String {
        names.isEmpty ? "none" : names.prefix(20).joined(separator: ", ")
    }

    private static func collection(
        name: String, _ value: RawSpan
    ) throws(StorageError) -> StoredCollection {
        guard let record = try? JSONValue(parsing: value.array()),
            let collection = StoredCollection(name: name, record: record)
        else { throw .damagedRecord("record of the collection “\(name)”") }
        return collection
    }

    private static func field(
        _ collection: UInt32, _ name: String, _ value: RawSpan
    ) throws(StorageError) -> VectorField {
        guard let record = try? JSONValue(parsing: value.array()),
            let field = VectorField(collectionID: collection, name: name, record: record)
        else { throw .damagedRecord("record of the vector field “\(name)”") }
        return field
    }
}
