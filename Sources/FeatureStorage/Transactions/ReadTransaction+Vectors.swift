public import VectorCore

extension ReadTransaction {
    /// Calls `body` with a point's vector, or returns nil where it has none in the field.
    ///
    /// - Throws: ``StorageError`` with `damagedVector`, naming point and field, where the checksum
    ///   does not match, and what `body` throws.
    /// - Complexity: O(log points + dimension)
    public func withVector<R>(
        of number: PointNumber, _ field: VectorField,
        _ body: (StoredVector) throws(StorageError) -> R
    ) throws(StorageError) -> R? {
        let key = Key.number(field.id, number)
        return try raw.get(trees.vectors, key) { value throws(StorageError) in
            try body(try checked(number, field, key: key.rawSpan, value))
        }
    }

    /// A copy of a point's vector in its element type, or nil where it has none in the field.
    ///
    /// - Throws: ``StorageError`` with `damagedVector` where the checksum does not match.
    public func vector(
        of number: PointNumber, _ field: VectorField
    ) throws(StorageError) -> VectorData? {
        try withVector(of: number, field) { vector throws(StorageError) in vector.data }
    }

    /// Writes a point's vector into `target` as floats; false where it has none in the field.
    ///
    /// - Parameters:
    ///   - number: the point.
    ///   - field: the vector's field.
    ///   - target: as long as the field's dimension.
    /// - Throws: ``StorageError`` with `damagedVector` where the checksum does not match, or
    ///   `dimensionMismatch` where `target` has another length.
    public func copyVector(
        of number: PointNumber, _ field: VectorField, into target: inout MutableSpan<Float>
    ) throws(StorageError) -> Bool {
        let key = Key.number(field.id, number)
        // The span cannot be captured by a closure, so the vector's bytes are looked up by hand.
        guard let value = try raw.value(trees.vectors, key) else { return false }
        try checked(number, field, key: key.rawSpan, value).copy(into: &target)
        return true
    }

    /// Calls `body` with every vector of a field in the order of numbers, until it returns false.
    ///
    /// - Parameters:
    ///   - field: whose vectors.
    ///   - first: where to begin.
    ///   - body: gets the vector; returns whether to go on.
    /// - Throws: ``StorageError`` with `damagedVector` where a checksum does not match, and what
    ///   `body` throws.
    public func forEachVector(
        of field: VectorField, from first: PointNumber = PointNumber(rawValue: 0),
        _ body: (StoredVector) throws(StorageError) -> Bool
    ) throws(StorageError) {
        let prefix = field.id.bigEndianBytes
        let start = Key.number(field.id, first)
        var found = 0
        var isCutShort = false
        try raw.scan(trees.vectors, from: start, prefix: prefix) {
            key, value throws(StorageError) in
            let number = try Self.number(ofVectorUnder: key)
            found += 1
            isCutShort = try !body(try checked(number, field, key: key, value))
            return !isCutShort
        }
        if first.rawValue == 0, !isCutShort { try checkVectors(found, of: field) }
    }

    /// Whether a point has a vector in a field, be it damaged or not.
    ///
    /// - Throws: ``StorageError`` where the store cannot be read.
    /// - Complexity: O(log points); the vector itself is not read
    public func hasVector(
        of number: PointNumber, _ field: VectorField
    ) throws(StorageError) -> Bool {
        try raw.contains(trees.vectors, Key.number(field.id, number))
    }

    /// The numbers of the points that have a vector in a field, ascending, damaged ones included.
    ///
    /// - Parameters:
    ///   - field: whose vectors.
    ///   - first: where to begin.
    /// - Throws: ``StorageError`` where the store cannot be read.
    /// - Complexity: O(count); only keys are read, no vector
    public func numbersWithVector(
        of field: VectorField, from first: PointNumber = PointNumber(rawValue: 0)
    ) throws(StorageError) -> [PointNumber] {
        let prefix = field.id.bigEndianBytes
        let start = Key.number(field.id, first)
        var numbers: [PointNumber] = []
        try raw.scan(trees.vectors, from: start, prefix: prefix) { key, _ throws(StorageError) in
            numbers.append(try Self.number(ofVectorUnder: key))
            return true
        }
        if first.rawValue == 0 { try checkVectors(numbers.count, of: field) }
        return numbers
    }

    /// Throws unless a walk over all vectors of a field met as many as there are.
    private func checkVectors(_ found: Int, of field: VectorField) throws(StorageError) {
        guard try vectorCount(of: field) == found else {
            throw .damagedRecord("vector of the field “\(field.name)”")
        }
    }

    /// All vectors of a field as the rows of a matrix, and the numbers of their points, ascending.
    ///
    /// Every checksum is computed once, and the vectors are read in the order in which they lie.
    ///
    /// - Throws: ``StorageError`` with `damagedVector`, naming point and field, where a checksum does
    ///   not match; `system` where there is no memory for them.
    /// - Complexity: O(count · dimension)
    public func matrix(
        of field: VectorField
    ) throws(StorageError) -> (numbers: [PointNumber], matrix: FloatMatrix) {
        let numbers = try numbersWithVector(of: field)
        let memory = try RowMemory(rows: numbers.count, columns: field.dimension)
        var row = 0
        try forEachVector(of: field) { vector throws(StorageError) in
            // One transaction sees the same keys twice, unless a page is damaged.
            guard row < numbers.count, numbers[row] == vector.number else {
                throw .damagedRecord("vector's key")
            }
            var target = unsafe MutableSpan(_unsafeElements: memory[row])
            try vector.copy(into: &target)
            row += 1
            return true
        }
        guard row == numbers.count else { throw .damagedRecord("vector's key") }
        return (numbers, memory.matrix)
    }

    private static func number(ofVectorUnder key: RawSpan) throws(StorageError) -> PointNumber {
        guard key.byteCount == 12 else { throw .damagedRecord("vector's key") }
        return PointNumber(rawValue: key.integer(UInt64.self, at: 4))
    }

    @_lifetime(copy value)
    private func checked(
        _ number: PointNumber, _ field: VectorField, key: RawSpan, _ value: RawSpan
    ) throws(StorageError) -> StoredVector {
        let isRight =
            value.byteCount == StoredVector.headerSize + field.dimension * field.elementType.size
            && value.byte(at: 4) == field.elementType.tag
            && Checksum.isRight(key: key, value)
        guard isRight else { throw try damaged(number, field) }
        return StoredVector(
            number: number, sequence: value.integer(UInt64.self, at: 8),
            elementType: field.elementType,
            bytes: value.extracting(StoredVector.headerSize...))
    }

    private func damaged(
        _ number: PointNumber, _ field: VectorField
    ) throws(StorageError) -> StorageError {
        let name = try id(of: number, inCollection: field.collectionID)?.description
        return StorageError(
            .damagedVector,
            "The vector “\(field.name)” of point \(name ?? "number \(number)") is damaged (its "
                + "checksum does not match); ingest the point again.")
    }
}

extension StoredVector {
    /// Checksum, element type, three zeros and sequence number before the numbers.
    static let headerSize = 16
}
