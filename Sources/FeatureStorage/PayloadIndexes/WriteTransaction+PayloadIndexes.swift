internal import JSON
public import PayloadFilter

extension WriteTransaction {
    /// Makes a payload index over a key, or returns the one that is there.
    ///
    /// It knows no point yet: ``extendPayloadIndex(_:of:by:)`` takes them in, in as many transactions as one
    /// likes. New points, and changes of points that it knows, are kept up from now on.
    ///
    /// - Throws: ``StorageError`` with `noSuchCollection`, or `fieldMismatch` where the key has an index of
    ///   another type.
    public func createPayloadIndex(
        on field: FieldPath, type: PayloadIndex.ValueType, of collection: StoredCollection
    ) throws(StorageError) -> PayloadIndex {
        try require(collection)
        if let present = try reader.payloadIndex(on: field, of: collection) {
            guard present.type == type else {
                throw StorageError(
                    .fieldMismatch,
                    "The payload index over “\(field)” has the type \(present.type.rawValue), not "
                        + "\(type.rawValue); delete it first.")
            }
            return present
        }
        let counters = try reader.counters(collection.id)
        let index = PayloadIndex(
            id: try nextID(MetaKey.lastPayloadIndex), collectionID: collection.id, field: field,
            type: type, entryCount: 0, next: counters.points == 0 ? nil : 0)
        try putPayloadIndex(index)
        state.payloadIndexes[collection.id] = nil
        return index
    }

    /// Takes more points into a payload index, in the order of numbers.
    ///
    /// - Parameter count: how many numbers at most, rounded up to whole blocks of 4,096.
    /// - Returns: the index as it is then; it may be complete.
    /// - Throws: ``StorageError`` with `noSuchField` where it has been deleted, or `damagedRecord` where a
    ///   payload cannot be read.
    /// - Complexity: O(payloads read)
    public func extendPayloadIndex(
        _ index: PayloadIndex, of collection: StoredCollection, by count: Int = 20_480
    ) throws(StorageError) -> PayloadIndex {
        var indexes = try payloadIndexes(of: collection.id)
        guard let place = indexes.firstIndex(where: { $0.id == index.id }) else {
            throw StorageError(
                .noSuchField, "The payload index over “\(index.field)” has been deleted.")
        }
        guard let start = indexes[place].next else { return indexes[place] }
        let size = UInt64(NumberBlock.size)
        let end = (start + UInt64(max(1, count)) + size - 1) / size * size
        var found: [[UInt8]: [PointNumber]] = [:]
        var isAtEnd = true
        try reader.forEachPayload(of: collection, from: PointNumber(rawValue: start)) {
            number, payload throws(StorageError) in
            guard number.rawValue < end else {
                isAtEnd = false
                return false
            }
            for value in indexes[place].values(of: payload) {
                found[value, default: []].append(number)
            }
            return true
        }
        for value in found.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            var numbers = (found[value] ?? [])[...]
            while let first = numbers.first {
                let block = first.rawValue >> NumberBlock.shift
                let same = numbers.prefix { $0.rawValue >> NumberBlock.shift == block }
                indexes[place].entryCount &+= UInt64(
                    try set(Array(same), true, value, indexes[place]))
                numbers = numbers[same.endIndex...]
            }
        }
        indexes[place].next = isAtEnd ? nil : end
        try putPayloadIndex(indexes[place])
        state.payloadIndexes[collection.id] = indexes
        return indexes[place]
    }

    /// Deletes the payload index over a key; false where there is none.
    ///
    /// - Throws: ``StorageError`` where the store cannot be written.
    /// - Complexity: O(records of the index)
    public func deletePayloadIndex(
        on field: FieldPath, of collection: StoredCollection
    ) throws(StorageError) -> Bool {
        guard let index = try reader.payloadIndex(on: field, of: collection) else { return false }
        try raw.deleteAll(trees.payloadValues, prefix: index.id.bigEndianBytes)
        try raw.delete(trees.payloadIndexes, Key.payloadIndex(collection.id, field))
        state.payloadIndexes[collection.id] = nil
        return true
    }

    /// Deletes all payload indexes of a collection that goes.
    func deletePayloadIndexes(of collection: StoredCollection) throws(StorageError) {
        for index in try reader.payloadIndexes(of: collection) {
            try raw.deleteAll(trees.payloadValues, prefix: index.id.bigEndianBytes)
        }
        try raw.deleteAll(trees.payloadIndexes, prefix: collection.id.bigEndianBytes)
        state.payloadIndexes[collection.id] = nil
    }

    /// Brings a collection's payload indexes up to a change of one payload, which is not yet written.
    ///
    /// - Parameter payload: the new payload, or nil where the point goes.
    func updatePayloadIndexes(
        of collection: StoredCollection, _ number: PointNumber, to payload: JSONObject?
    ) throws(StorageError) {
        var indexes = try payloadIndexes(of: collection.id)
        guard indexes.contains(where: { $0.covers(number) }) else { return }
        var old: JSONObject?
        var isDamaged = false
        do throws(StorageError) {
            old = try reader.payload(of: number, in: collection)
        } catch {
            guard error.code == .damagedRecord else { throw error }
            isDamaged = true
        }
        for place in indexes.indices where indexes[place].covers(number) {
            let before = old.map(indexes[place].values) ?? []
            let after = payload.map(indexes[place].values) ?? []
            var change = 0
            if isDamaged { change -= try removeEverywhere(number, indexes[place]) }
            for value in before.subtracting(after) {
                change -= try set([number], false, value, indexes[place])
            }
            for value in after.subtracting(before) {
                change += try set([number], true, value, indexes[place])
            }
            guard change != 0 else { continue }
            indexes[place].entryCount &+= UInt64(bitPattern: Int64(change))
            state.changedPayloadIndexes.insert(indexes[place].id)
        }
        state.payloadIndexes[collection.id] = indexes
    }

    /// Writes down how many entries the indexes have, where that has changed.
    func finishPayloadIndexes() throws(StorageError) {
        guard !state.changedPayloadIndexes.isEmpty else { return }
        for indexes in state.payloadIndexes.values {
            for index in indexes where state.changedPayloadIndexes.contains(index.id) {
                try putPayloadIndex(index)
            }
        }
        state.changedPayloadIndexes = []
    }

    /// The payload indexes of a collection with this transaction's changes.
    private func payloadIndexes(of collection: UInt32) throws(StorageError) -> [PayloadIndex] {
        if let known = state.payloadIndexes[collection] { return known }
        // What was counted is written down before it is read again.
        try finishPayloadIndexes()
        let indexes = try reader.payloadIndexes(
            of: StoredCollection(id: collection, name: "", imageRoot: nil))
        state.payloadIndexes[collection] = indexes
        return indexes
    }

    private func putPayloadIndex(_ index: PayloadIndex) throws(StorageError) {
        try raw.putChecked(
            trees.payloadIndexes, Key.payloadIndex(index.collectionID, index.field),
            index.record.utf8())
    }

    /// Puts numbers of one block in or out of a value's record; returns how many that changed.
    private func set(
        _ numbers: [PointNumber], _ isIn: Bool, _ value: [UInt8], _ index: PayloadIndex
    ) throws(StorageError) -> Int {
        guard let first = numbers.first else { return 0 }
        let key = Key.payloadValue(index, value, first.rawValue >> NumberBlock.shift)
        var block = NumberBlock()
        try raw.getChecked(
            trees.payloadValues, key, "record of the payload index over “\(index.field)”"
        ) { record throws(StorageError) in
            guard let present = NumberBlock(record) else {
                throw .damagedRecord("record of the payload index over “\(index.field)”")
            }
            block = present
        }
        var changes = 0
        for number in numbers where block.set(number, isIn) { changes += 1 }
        guard changes > 0 else { return 0 }
        if block.count == 0 {
            try raw.delete(trees.payloadValues, key)
        } else {
            try raw.putChecked(trees.payloadValues, key, block.encoded)
        }
        return changes
    }

    /// Takes a point out of an index whose payload cannot be read, so that its values are not known.
    ///
    /// - Complexity: O(records of the index)
    private func removeEverywhere(
        _ number: PointNumber, _ index: PayloadIndex
    ) throws(StorageError) -> Int {
        var values: [[UInt8]] = []
        try reader.forEachRecord(of: index, from: []) { key, end, block, record in
            if block == number.rawValue >> NumberBlock.shift,
                NumberBlock(record)?.contains(number) == true
            {
                values.append(key.extracting(4..<end).array())
            }
            return true
        }
        var changes = 0
        for value in values { changes += try set([number], false, value, index) }
        return changes
    }
}
