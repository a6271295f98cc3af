internal import JSON
public import PayloadFilter

/// A secondary index over one key of a collection's payloads; the handle for it.
///
/// It says which points have which values there, so that filters need not read payloads. Every change of a
/// point changes it in the same transaction.
public struct PayloadIndex: Hashable, Sendable {
    /// Which values are indexed.
    public enum ValueType: String, CaseIterable, Hashable, Sendable {
        /// Strings, for exact matches.
        case keyword
        /// Integers, for exact matches and ranges.
        case integer
        /// All numbers, for ranges.
        case float
    }

    /// The number inside keys, never given twice in a store.
    let id: UInt32
    /// The collection that it belongs to.
    let collectionID: UInt32
    /// The key whose values are indexed.
    public let field: FieldPath
    /// Which values are indexed.
    public let type: ValueType
    /// How many pairs of a value and a point it has; a value that has to be looked up counts as one.
    public internal(set) var entryCount: UInt64
    /// The first point that it does not know yet, or nil where it is complete.
    var next: UInt64?

    /// Whether it knows all points; until then no filter uses it.
    public var isComplete: Bool { next == nil }

    /// About how many points it knows while it is not complete: the numbers that it has come past.
    public var pointsKnown: Int { Int(clamping: next ?? .max) }

    /// Whether it knows a point.
    func covers(_ number: PointNumber) -> Bool {
        next.map { number.rawValue < $0 } ?? true
    }

    /// What the store keeps under collection and key.
    var record: JSONValue {
        var object: JSONObject = [
            "id": .integer(Int64(id)), "type": .string(type.rawValue),
            "entries": JSONValue(entryCount),
        ]
        if let next { object["next"] = JSONValue(next) }
        return .object(object)
    }

    init?(collectionID: UInt32, field: String, record: JSONValue) {
        guard let path = try? FieldPath(field), path.description == field,
            let id = record["id"]?.integerValue.flatMap(UInt32.init(exactly:)),
            let type = record["type"]?.stringValue.flatMap(ValueType.init(rawValue:)),
            let entryCount = record["entries"]?.unsignedValue
        else { return nil }
        let next = record["next"]
        guard (next == nil) == (next?.unsignedValue == nil) else { return nil }
        self.init(
            id: id, collectionID: collectionID, field: path, type: type, entryCount: entryCount,
            next: next?.unsignedValue)
    }

    init(
        id: UInt32, collectionID: UInt32, field: FieldPath, type: ValueType, entryCount: UInt64,
        next: UInt64?
    ) {
        self.id = id
        self.collectionID = collectionID
        self.field = field
        self.type = type
        self.entryCount = entryCount
        self.next = next
    }
}
