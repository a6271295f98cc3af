internal import Foundation
internal import JSON
public import PayloadFilter

extension ReadTransaction {
    /// The points of a collection that fulfil a filter.
    ///
    /// Payload indexes narrow down which points may, as far as that is less work than to read the payloads;
    /// the payloads of those left in doubt are read.
    ///
    /// - Throws: ``StorageError`` with `damagedRecord` where a payload or an index's record that was needed
    ///   cannot be read.
    /// - Complexity: O(entries of the indexes used + payloads read); all payloads where no index helps
    public func points(
        matching filter: PayloadFilter, in collection: StoredCollection
    ) throws(StorageError) -> PointSelection {
        let lookup = try IndexLookup(self, collection)
        let bounds = try lookup.bounds(filter, self)
        let doubtful = bounds.possible.intersection(bounds.certain.inverted)
        var found: [PointNumber] = []
        switch doubtful {
        case .only(let numbers):
            try numbers.forEach { number throws(StorageError) in
                guard let payload = try payload(of: number, in: collection) else { return true }
                if try matches(filter, number, payload, collection) { found.append(number) }
                return true
            }
        case .allBut:
            try forEachPayload(of: collection, where: doubtful) {
                number, payload throws(StorageError) in
                if try matches(filter, number, payload, collection) { found.append(number) }
            }
        }
        return bounds.certain.union(.only(PointSet(found)))
    }

    /// How many points of a collection a filter lets through, by what the payload indexes count.
    ///
    /// - Throws: ``StorageError`` where the store cannot be read.
    public func estimate(
        of filter: PayloadFilter, in collection: StoredCollection
    ) throws(StorageError) -> MatchEstimate {
        let lookup = try IndexLookup(self, collection)
        let total = try pointCount(of: collection)
        return try filter.estimate(of: total) { condition throws(StorageError) in
            try lookup.estimate(condition, self)
        }
    }

    private func matches(
        _ filter: PayloadFilter, _ number: PointNumber, _ payload: JSONObject,
        _ collection: StoredCollection
    ) throws(StorageError) -> Bool {
        var id = FilterID.number(0)
        if filter.asksForIDs {
            guard let known = try self.id(of: number, in: collection) else { return false }
            id = known.filterID
        }
        return filter.matches(id: id, payload: payload)
    }
}

extension PointID {
    /// The id as filters name it.
    public var filterID: FilterID {
        switch self {
        case .number(let number): return .number(number)
        case .uuid:
            var bits: UInt128 = 0
            for byte in encoded.dropFirst() { bits = bits << 8 | UInt128(byte) }
            return .uuid(bits)
        }
    }

    /// The id that a filter names.
    init(_ id: FilterID) {
        switch id {
        case .number(let number): self = .number(number)
        case .uuid(let bits):
            let b = bits.bigEndianBytes
            self = .uuid(
                UUID(
                    uuid: (
                        b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
                        b[12], b[13], b[14], b[15]
                    )))
        }
    }
}

extension PayloadFilter {
    /// Whether a condition anywhere in it asks for ids.
    fileprivate var asksForIDs: Bool {
        (must + should + mustNot + (minShould?.conditions ?? [])).contains { condition in
            switch condition {
            case .hasID: true
            case .filter(let filter): filter.asksForIDs
            case .isEmpty, .isNull, .field: false
            }
        }
    }
}
