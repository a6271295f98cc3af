internal import JSON
public import PayloadFilter

extension ReadTransaction {
    /// The payload indexes of a collection, by key.
    ///
    /// - Throws: ``StorageError`` where the store cannot be read.
    public func payloadIndexes(
        of collection: StoredCollection
    ) throws(StorageError) -> [PayloadIndex] {
        let prefix = collection.id.bigEndianBytes
        var indexes: [PayloadIndex] = []
        try raw.scanChecked(
            trees.payloadIndexes, "record of a payload index", from: prefix, prefix: prefix
        ) { key, value throws(StorageError) in
            let field = String(decoding: key.array(from: 4), as: UTF8.self)
            indexes.append(try Self.payloadIndex(collection.id, field, value))
            return true
        }
        return indexes
    }

    /// The payload index over a key, or nil where there is none.
    ///
    /// - Throws: ``StorageError`` where the store cannot be read.
    public func payloadIndex(
        on field: FieldPath, of collection: StoredCollection
    ) throws(StorageError) -> PayloadIndex? {
        let name = field.description
        return try raw.getChecked(
            trees.payloadIndexes, Key.payloadIndex(collection.id, field),
            "record of the payload index over “\(name)”"
        ) { value throws(StorageError) in
            try Self.payloadIndex(collection.id, name, value)
        }
    }

    private static func payloadIndex(
        _ collection: UInt32, _ field: String, _ value: RawSpan
    ) throws(StorageError) -> PayloadIndex {
        guard let record = try? JSONValue(parsing: value.array()),
            let index = PayloadIndex(collectionID: collection, field: field, record: record)
        else { throw .damagedRecord("record of the payload index over “\(field)”") }
        return index
    }

    /// Calls `body` with the records of a payload index from a value on, in order, while it returns true.
    ///
    /// Every record met is held against its checksum, and so are those around a place where none was found:
    /// a record that rotted away would otherwise be points that a filter does not see.
    ///
    /// - Parameter body: gets the key and where the value ends in it, the block, and the numbers.
    func forEachRecord(
        of index: PayloadIndex, from value: [UInt8],
        _ body: (
            _ key: RawSpan, _ valueEnd: Int, _ block: UInt64, _ numbers: RawSpan
        ) throws(StorageError) -> Bool
    ) throws(StorageError) {
        let start = index.id.bigEndianBytes + value
        let prefix = index.id.bigEndianBytes
        _ = try raw.contains(trees.payloadValues, start)
        try raw.scan(trees.payloadValues, from: start, prefix: []) {
            key, record throws(StorageError) in
            guard Checksum.isRight(key: key, record) else {
                throw .damagedRecord("record of the payload index over “\(index.field)”")
            }
            guard key.hasPrefix(prefix) else { return false }
            guard let length = IndexedValue.length(key, at: 4, index.type),
                key.byteCount == 4 + length + 8
            else { throw .damagedRecord("record of the payload index over “\(index.field)”") }
            return try body(
                key, 4 + length, key.integer(UInt64.self, at: 4 + length),
                record.extracting(Checksum.byteCount...))
        }
    }

    /// Gathers the points that have one of the values that a span asks for.
    func gather(
        _ span: IndexSpan, of index: PayloadIndex, into gatherer: inout PointSet.Gatherer
    ) throws(StorageError) {
        var isSound = true
        try forEachRecord(of: index, from: span.low) { key, end, block, numbers in
            guard !key.isBeyond(span.high, from: 4, to: end) else { return false }
            guard span.isWanted?(key) ?? true else { return true }
            isSound = gatherer.add(numbers, block: block)
            return isSound
        }
        guard isSound else {
            throw .damagedRecord("record of the payload index over “\(index.field)”")
        }
    }

    /// How many points have a value between two, both included: counted up to some number of records, and
    /// from there on guessed by how far the values have come.
    func estimate(
        of index: PayloadIndex, from low: [UInt8], through high: [UInt8],
        progress: ((_ key: RawSpan) -> Double)? = nil
    ) throws(StorageError) -> MatchEstimate {
        var records = 0
        var found = 0
        var share = 1.0
        try forEachRecord(of: index, from: low) {
            key, end, _, numbers throws(StorageError) in
            guard !key.isBeyond(high, from: 4, to: end) else { return false }
            if records == Self.mostRecordsCounted, let progress {
                share = min(1, max(1e-6, progress(key)))
                return false
            }
            records += 1
            found += NumberBlock.count(numbers) ?? 0
            return true
        }
        let most = Int(clamping: index.entryCount)
        guard share < 1 else {
            // A point may have several of the values.
            return MatchEstimate(least: 0, expected: Double(found), most: found)
        }
        return MatchEstimate(least: 0, expected: Double(found) / share, most: most)
    }

    private static var mostRecordsCounted: Int { 512 }
}

extension RawSpan {
    /// Whether the bytes from `start` to `end` come behind those of `other`.
    fileprivate func isBeyond(_ other: [UInt8], from start: Int, to end: Int) -> Bool {
        extracting(start..<end).follows(other)
    }
}
