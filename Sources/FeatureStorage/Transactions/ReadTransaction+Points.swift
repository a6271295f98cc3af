public import JSON
internal import VectorCore

extension ReadTransaction {
    /// The number of a point, or nil where the collection has no such point.
    ///
    /// - Throws: ``StorageError`` where the store cannot be read.
    /// - Complexity: O(log points)
    public func number(
        of id: PointID, in collection: StoredCollection
    ) throws(StorageError) -> PointNumber? {
        let key = Key.id(collection.id, id)
        return try raw.getChecked(trees.ids, key, "number of the point \(id)") {
            value throws(StorageError) in
            PointNumber(rawValue: try value.number(UInt64.self, of: "point's number"))
        }
    }

    /// The number of a point.
    ///
    /// - Throws: ``StorageError`` with `noSuchPoint` where the collection has no such point.
    public func existingNumber(
        of id: PointID, in collection: StoredCollection
    ) throws(StorageError) -> PointNumber {
        guard let number = try number(of: id, in: collection) else {
            throw StorageError(
                .noSuchPoint, "There is no point \(id) in the collection “\(collection.name)”.")
        }
        return number
    }

    /// The id of a point, or nil where the collection has no such point.
    ///
    /// - Throws: ``StorageError`` where the store cannot be read.
    /// - Complexity: O(log points)
    public func id(
        of number: PointNumber, in collection: StoredCollection
    ) throws(StorageError) -> PointID? {
        try id(of: number, inCollection: collection.id)
    }

    /// The payload of a point, or nil where the collection has no such point.
    ///
    /// - Throws: ``StorageError`` with `damagedRecord` where it cannot be read.
    public func payload(
        of number: PointNumber, in collection: StoredCollection
    ) throws(StorageError) -> JSONObject? {
        let key = Key.number(collection.id, number)
        return try raw.get(trees.payloads, key) { value throws(StorageError) in
            try payload(number, in: collection, key: key.rawSpan, value)
        }
    }

    /// Calls `body` with every point in the order of ids, until it returns false.
    ///
    /// - Parameters:
    ///   - collection: whose points.
    ///   - first: where to begin; ids before it are left out.
    ///   - body: gets id and number; returns whether to go on.
    /// - Throws: ``StorageError`` where the store cannot be read, and what `body` throws.
    public func forEachPoint(
        of collection: StoredCollection, from first: PointID? = nil,
        _ body: (PointID, PointNumber) throws(StorageError) -> Bool
    ) throws(StorageError) {
        let prefix = collection.id.bigEndianBytes
        let start = first.map { Key.id(collection.id, $0) } ?? prefix
        var found = 0
        var isCutShort = false
        try raw.scanChecked(trees.ids, "point's number", from: start, prefix: prefix) {
            key, value throws(StorageError) in
            guard let id = PointID(encoded: key, from: 4) else {
                throw .damagedRecord("point's id")
            }
            found += 1
            isCutShort = try !body(
                id, PointNumber(rawValue: try value.number(UInt64.self, of: "point's number")))
            return !isCutShort
        }
        if first == nil, !isCutShort { try checkPoints(found, of: collection) }
    }

    /// Calls `body` with every point in the order of numbers, until it returns false.
    ///
    /// - Parameters:
    ///   - collection: whose points.
    ///   - first: where to begin.
    ///   - body: gets number and id; returns whether to go on.
    /// - Throws: ``StorageError`` where the store cannot be read, and what `body` throws.
    public func forEachNumber(
        of collection: StoredCollection, from first: PointNumber = PointNumber(rawValue: 0),
        _ body: (PointNumber, PointID) throws(StorageError) -> Bool
    ) throws(StorageError) {
        let prefix = collection.id.bigEndianBytes
        let start = Key.number(collection.id, first)
        var found = 0
        var isCutShort = false
        try raw.scanChecked(trees.points, "point's id", from: start, prefix: prefix) {
            key, value throws(StorageError) in
            guard key.byteCount == 12, let id = PointID(encoded: value) else {
                throw .damagedRecord("point's id")
            }
            found += 1
            isCutShort = try !body(PointNumber(rawValue: key.integer(UInt64.self, at: 4)), id)
            return !isCutShort
        }
        if first.rawValue == 0, !isCutShort { try checkPoints(found, of: collection) }
    }

    /// Calls `body` with every payload in the order of numbers, until it returns false.
    ///
    /// - Parameters:
    ///   - collection: whose payloads.
    ///   - first: where to begin.
    ///   - body: gets number and payload; returns whether to go on.
    /// - Throws: ``StorageError`` with `damagedRecord` where a payload cannot be read, and what
    ///   `body` throws.
    public func forEachPayload(
        of collection: StoredCollection, from first: PointNumber = PointNumber(rawValue: 0),
        _ body: (PointNumber, JSONObject) throws(StorageError) -> Bool
    ) throws(StorageError) {
        let prefix = collection.id.bigEndianBytes
        let start = Key.number(collection.id, first)
        var found = 0
        var isCutShort = false
        try raw.scan(trees.payloads, from: start, prefix: prefix) {
            key, value throws(StorageError) in
            guard key.byteCount == 12 else { throw .damagedRecord("payload") }
            let number = PointNumber(rawValue: key.integer(UInt64.self, at: 4))
            found += 1
            isCutShort = try !body(
                number, try payload(number, in: collection, key: key, value))
            return !isCutShort
        }
        if first.rawValue == 0, !isCutShort { try checkPoints(found, of: collection) }
    }

    /// Calls `body` with the payloads of some points in the order of numbers; the others are not read.
    func forEachPayload(
        of collection: StoredCollection, where selection: PointSelection,
        _ body: (PointNumber, JSONObject) throws(StorageError) -> Void
    ) throws(StorageError) {
        let prefix = collection.id.bigEndianBytes
        var found = 0
        try raw.scan(trees.payloads, from: prefix, prefix: prefix) {
            key, value throws(StorageError) in
            guard key.byteCount == 12 else { throw .damagedRecord("payload") }
            let number = PointNumber(rawValue: key.integer(UInt64.self, at: 4))
            found += 1
            guard selection.contains(number) else { return true }
            try body(number, try payload(number, in: collection, key: key, value))
            return true
        }
        try checkPoints(found, of: collection)
    }

    /// Throws unless a walk over all points of a collection met as many as there are.
    private func checkPoints(
        _ found: Int, of collection: StoredCollection
    ) throws(StorageError) {
        guard try pointCount(of: collection) == found else {
            throw .damagedRecord("point of the collection “\(collection.name)”")
        }
    }

    func id(
        of number: PointNumber, inCollection collection: UInt32
    ) throws(StorageError) -> PointID? {
        let key = Key.number(collection, number)
        return try raw.getChecked(trees.points, key, "point's id") { value throws(StorageError) in
            guard let id = PointID(encoded: value) else { throw .damagedRecord("point's id") }
            return id
        }
    }

    private func payload(
        _ number: PointNumber, in collection: StoredCollection, key: RawSpan, _ value: RawSpan
    ) throws(StorageError) -> JSONObject {
        guard value.byteCount > 4,
            Checksum.isRight(key: key, value),
            let object = try? JSONValue(parsing: value.array(from: 4)).objectValue
        else {
            let name = try id(of: number, in: collection)?.description ?? "number \(number)"
            throw StorageError(
                .damagedRecord,
                "The payload of point \(name) in the collection “\(collection.name)” is damaged; "
                    + "ingest the point again.")
        }
        return object
    }
}

extension CRC32C {
    /// The checksum of a key and of a value from an offset to its end.
    static func checksum(key: RawSpan, _ value: RawSpan, from start: Int) -> UInt32 {
        var crc = CRC32C()
        unsafe key.withUnsafeBytes { unsafe crc.update($0) }
        unsafe value.withUnsafeBytes {
            unsafe crc.update(UnsafeRawBufferPointer(rebasing: $0[start...]))
        }
        return crc.value
    }
}
