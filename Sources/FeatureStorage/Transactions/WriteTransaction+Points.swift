public import JSON
internal import VectorCore

extension WriteTransaction {
    /// Makes a point, or replaces the one of its id as a whole; returns its number.
    ///
    /// A point that is replaced keeps its number, and loses the vectors that the new one does not have.
    ///
    /// - Throws: ``StorageError`` with `noSuchCollection`, `noSuchField`, `dimensionMismatch`,
    ///   `fieldMismatch` (element type), `notFinite` or `notRepresentable` (numbers so large that
    ///   `Float` does not hold the distances); then nothing of the point is written.
    /// - Complexity: O(log points + bytes)
    @discardableResult
    public func upsert(
        _ point: Point, into collection: StoredCollection
    ) throws(StorageError) -> PointNumber {
        let fields = try fieldsByName(collection)
        let vectors = try checked(point.vectors, of: point.id, fields)
        let sequence = state.nextSequence()
        var touched = vectors.map(\.field.id)
        let number: PointNumber
        if let existing = try reader.number(of: point.id, in: collection) {
            number = existing
            for field in fields.values where !touched.contains(field.id) {
                if try deleteVector(number, field) { touched.append(field.id) }
            }
            for (field, vector) in vectors {
                if try put(vector, number, field, sequence) { continue }
                try count(field, by: 1)
            }
        } else {
            number = try addNumber(to: collection)
            try raw.putChecked(
                trees.ids, Key.id(collection.id, point.id), number.rawValue.bigEndianBytes)
            try raw.putChecked(trees.points, Key.number(collection.id, number), point.id.encoded)
            for (field, vector) in vectors {
                try write(vector, number, field, sequence)
                try count(field, by: 1)
            }
        }
        try put(point.payload, number, collection)
        try log(.upsert, collection.id, number, touched.sorted(), at: sequence)
        return number
    }

    /// Makes or replaces points; returns their numbers in the same order.
    ///
    /// Of points with one id the last counts.
    ///
    /// - Throws: ``StorageError`` as `upsert(_:into:)` does for the first point that is wrong.
    @discardableResult
    public func upsert(
        _ points: [Point], into collection: StoredCollection
    ) throws(StorageError) -> [PointNumber] {
        var numbers: [PointNumber] = []
        numbers.reserveCapacity(points.count)
        for point in points { numbers.append(try upsert(point, into: collection)) }
        return numbers
    }

    /// Sets some of a point's vectors and leaves the others; nil removes a vector.
    ///
    /// - Throws: ``StorageError`` with `noSuchPoint`, and as `upsert(_:into:)` does.
    public func setVectors(
        _ vectors: [String: VectorData?], of id: PointID, in collection: StoredCollection
    ) throws(StorageError) {
        let fields = try fieldsByName(collection)
        let number = try reader.existingNumber(of: id, in: collection)
        let set = try checked(vectors.compactMapValues { $0 }, of: id, fields)
        var removed: [VectorField] = []
        for (name, vector) in vectors where vector == nil {
            guard let field = fields[name] else { throw Self.noSuchField(name, fields) }
            if try raw.contains(trees.vectors, Key.number(field.id, number)) {
                removed.append(field)
            }
        }
        guard !set.isEmpty || !removed.isEmpty else { return }
        let sequence = state.nextSequence()
        for field in removed { _ = try deleteVector(number, field) }
        for (field, vector) in set {
            if try put(vector, number, field, sequence) { continue }
            try count(field, by: 1)
        }
        let touched = (set.map(\.field.id) + removed.map(\.id)).sorted()
        try log(.setVectors, collection.id, number, touched, at: sequence)
    }

    /// Replaces a point's payload.
    ///
    /// - Throws: ``StorageError`` with `noSuchPoint` or `noSuchCollection`.
    public func setPayload(
        _ payload: JSONObject, of id: PointID, in collection: StoredCollection
    ) throws(StorageError) {
        _ = try fieldsByName(collection)
        let number = try reader.existingNumber(of: id, in: collection)
        try put(payload, number, collection)
        try log(.setPayload, collection.id, number, [], at: state.nextSequence())
    }

    /// Deletes a point with payload and vectors; false where the collection has no such point.
    ///
    /// - Throws: ``StorageError`` with `noSuchCollection` where the collection is gone.
    @discardableResult
    public func deletePoint(
        _ id: PointID, from collection: StoredCollection
    ) throws(StorageError) -> Bool {
        let fields = try fieldsByName(collection)
        guard let number = try reader.number(of: id, in: collection) else { return false }
        var touched: [UInt32] = []
        for field in fields.values where try deleteVector(number, field) {
            touched.append(field.id)
        }
        try updatePayloadIndexes(of: collection, number, to: nil)
        let key = Key.number(collection.id, number)
        try raw.delete(trees.payloads, key)
        try raw.delete(trees.points, key)
        try raw.delete(trees.ids, Key.id(collection.id, id))
        let counters = try reader.counters(collection.id)
        try putCounters(collection, next: counters.next, points: counters.points &- 1)
        try log(
            .deletePoint, collection.id, number, touched.sorted(), at: state.nextSequence())
        return true
    }

    private func checked(
        _ vectors: [String: VectorData], of id: PointID, _ fields: [String: VectorField]
    ) throws(StorageError) -> [(field: VectorField, vector: VectorData)] {
        var result: [(field: VectorField, vector: VectorData)] = []
        for (name, vector) in vectors {
            guard let field = fields[name] else { throw Self.noSuchField(name, fields) }
            try field.check(vector, of: id)
            result.append((field, vector))
        }
        return result
    }

    private static func noSuchField(
        _ name: String, _ fields: [String: VectorField]
    ) -> StorageError {
        ReadTransaction.noSuchField(name, fields.values.sorted { $0.name < $1.name })
    }

    private func addNumber(to collection: StoredCollection) throws(StorageError) -> PointNumber {
        let counters = try reader.counters(collection.id)
        try putCounters(collection, next: counters.next &+ 1, points: counters.points &+ 1)
        return PointNumber(rawValue: counters.next)
    }

    private func putCounters(
        _ collection: StoredCollection, next: UInt64, points: UInt64
    ) throws(StorageError) {
        try raw.putChecked(
            trees.counters, collection.id.bigEndianBytes,
            next.bigEndianBytes + points.bigEndianBytes)
    }

    private func count(_ field: VectorField, by change: Int) throws(StorageError) {
        let key = field.collectionID.bigEndianBytes + field.id.bigEndianBytes
        let count = try reader.vectorCounter(field)
        try raw.putChecked(
            trees.counters, key, (count &+ UInt64(bitPattern: Int64(change))).bigEndianBytes)
    }

    private func deleteVector(
        _ number: PointNumber, _ field: VectorField
    ) throws(StorageError) -> Bool {
        let key = Key.number(field.id, number)
        guard try raw.contains(trees.vectors, key) else { return false }
        try raw.delete(trees.vectors, key)
        try count(field, by: -1)
        return true
    }

    /// Writes a vector; returns whether it replaced one.
    private func put(
        _ vector: VectorData, _ number: PointNumber, _ field: VectorField, _ sequence: UInt64
    ) throws(StorageError) -> Bool {
        let replaces = try raw.contains(trees.vectors, Key.number(field.id, number))
        try write(vector, number, field, sequence)
        return replaces
    }

    private func write(
        _ vector: VectorData, _ number: PointNumber, _ field: VectorField, _ sequence: UInt64
    ) throws(StorageError) {
        let key = Key.number(field.id, number)
        let head = [vector.elementType.tag, 0, 0, 0] + sequence.bigEndianBytes
        var crc = CRC32C()
        unsafe key.withUnsafeBytes { unsafe crc.update($0) }
        unsafe head.withUnsafeBytes { unsafe crc.update($0) }
        unsafe vector.withBytes { unsafe crc.update($0) }
        let header = crc.value.bigEndianBytes + head
        let size = header.count + field.dimension * field.elementType.size
        unsafe try raw.reserve(trees.vectors, key, size) { target in
            unsafe target.copyBytes(from: header)
            unsafe vector.withBytes { numbers in
                unsafe UnsafeMutableRawBufferPointer(rebasing: target[header.count...])
                    .copyMemory(from: numbers)
            }
        }
    }

    private func put(
        _ payload: JSONObject, _ number: PointNumber, _ collection: StoredCollection
    ) throws(StorageError) {
        try updatePayloadIndexes(of: collection, number, to: payload)
        let key = Key.number(collection.id, number)
        let text = JSONValue.object(payload).utf8()
        try raw.putChecked(trees.payloads, key, text)
    }
}

extension VectorField {
    /// Throws unless a vector can be kept in this field.
    fileprivate func check(_ vector: VectorData, of id: PointID) throws(StorageError) {
        guard vector.elementType == elementType else {
            throw StorageError(
                .fieldMismatch,
                "The vector “\(name)” of point \(id) is \(vector.elementType.rawValue), but the "
                    + "field holds \(elementType.rawValue); convert it first.")
        }
        guard vector.count == dimension else {
            throw StorageError(
                .dimensionMismatch,
                "The vector “\(name)” of point \(id) has \(vector.count) numbers, but the field "
                    + "holds vectors of \(dimension).")
        }
        if let position = vector.firstNonFinite {
            throw StorageError(
                .notFinite,
                "Number \(position) of the vector “\(name)” of point \(id) is "
                    + "\(vector.floats[position]); vectors must be finite.")
        }
        if case .f32(let numbers) = vector, !metric.holdsDistances(ofVectorsLike: numbers.span) {
            throw StorageError(
                .notRepresentable,
                "The vector “\(name)” of point \(id) has numbers so large that its \(metric) distances "
                    + "may exceed what a 32-bit float holds; scale all vectors down, for example by "
                    + "1e-10.")
        }
    }
}
