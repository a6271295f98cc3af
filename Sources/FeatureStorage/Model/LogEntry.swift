/// One change of a collection, as the change log keeps it.
public struct LogEntry: Hashable, Sendable {
    /// What was done.
    public enum Operation: UInt8, Hashable, Sendable {
        /// A point was made or replaced as a whole.
        case upsert = 1
        /// Some of a point's vectors were set or removed.
        case setVectors = 2
        /// A point's payload was replaced.
        case setPayload = 3
        /// A point was deleted.
        case deletePoint = 4
        /// The collection was deleted with all its points.
        case deleteCollection = 5
    }

    /// The place in the order of all changes of the store, from 1.
    public let sequence: UInt64
    /// What was done.
    public let operation: Operation
    /// The collection that it was done to.
    public let collectionID: UInt32
    /// The point that it was done to; 0 for `deleteCollection`.
    public let number: PointNumber
    /// The fields whose vectors the change wrote or removed, by their ids.
    public let fieldIDs: [UInt32]

    init(
        sequence: UInt64, operation: Operation, collectionID: UInt32, number: PointNumber,
        fieldIDs: [UInt32]
    ) {
        self.sequence = sequence
        self.operation = operation
        self.collectionID = collectionID
        self.number = number
        self.fieldIDs = fieldIDs
    }

    /// What the store keeps under the sequence number.
    var encoded: [UInt8] {
        var bytes = [operation.rawValue]
        bytes += collectionID.bigEndianBytes
        bytes += number.rawValue.bigEndianBytes
        for id in fieldIDs { bytes += id.bigEndianBytes }
        return bytes
    }

    init?(key: RawSpan, value: RawSpan) {
        guard key.byteCount == 8, value.byteCount >= 13, (value.byteCount - 13) % 4 == 0,
            let operation = Operation(rawValue: value.byte(at: 0))
        else { return nil }
        self.init(
            sequence: key.integer(UInt64.self, at: 0), operation: operation,
            collectionID: value.integer(UInt32.self, at: 1),
            number: PointNumber(rawValue: value.integer(UInt64.self, at: 5)),
            fieldIDs: (0..<(value.byteCount - 13) / 4).map {
                value.integer(UInt32.self, at: 13 + 4 * $0)
            })
    }
}
