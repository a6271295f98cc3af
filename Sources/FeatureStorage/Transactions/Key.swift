internal import PayloadFilter

/// The keys of the trees; what they are made of is listed at `Databases`.
enum Key {
    static func field(_ collection: UInt32, _ name: String) -> [UInt8] {
        collection.bigEndianBytes + Array(name.utf8)
    }

    static func id(_ collection: UInt32, _ id: PointID) -> [UInt8] {
        collection.bigEndianBytes + id.encoded
    }

    /// The key of a point or a payload, or, with a field, of a vector.
    static func number(_ owner: UInt32, _ number: PointNumber) -> [UInt8] {
        var key: [UInt8] = []
        key.reserveCapacity(12)
        for shift in [24, 16, 8, 0] as [UInt32] {
            key.append(UInt8(truncatingIfNeeded: owner >> shift))
        }
        for shift in [56, 48, 40, 32, 24, 16, 8, 0] as [UInt64] {
            key.append(UInt8(truncatingIfNeeded: number.rawValue >> shift))
        }
        return key
    }

    static func index(_ field: VectorField, _ name: String) -> [UInt8] {
        field.collectionID.bigEndianBytes + field.id.bigEndianBytes + Array(name.utf8)
    }

    static func payloadIndex(_ collection: UInt32, _ field: FieldPath) -> [UInt8] {
        collection.bigEndianBytes + Array(field.description.utf8)
    }

    static func payloadValue(
        _ index: PayloadIndex, _ value: [UInt8], _ block: UInt64
    ) -> [UInt8] {
        index.id.bigEndianBytes + value + block.bigEndianBytes
    }
}
