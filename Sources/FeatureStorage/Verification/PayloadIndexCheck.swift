internal import JSON

/// Holds payload indexes against payloads, in memory that does not grow with the points.
///
/// What an index should have, by the payloads, and what it has are each summed up, pair by pair of a value
/// and a point: how many there are, and a sum of 64-bit hashes. Two different sets of pairs give the same
/// sums with a chance of about 2^-64.
struct PayloadIndexCheck {
    private struct Sums: Equatable {
        var count: UInt64 = 0
        var hashes: UInt64 = 0

        mutating func add(_ value: UInt64, _ number: UInt64) {
            count &+= 1
            hashes &+= mixed(value ^ mixed(number))
        }
    }

    private var indexes: [UInt32: PayloadIndex] = [:]
    private var byCollection: [UInt32: [PayloadIndex]] = [:]
    private var expected: [UInt32: Sums] = [:]
    private var found: [UInt32: Sums] = [:]

    /// Takes an index; false where there is one of its number.
    mutating func add(_ index: PayloadIndex) -> Bool {
        guard indexes.updateValue(index, forKey: index.id) == nil else { return false }
        byCollection[index.collectionID, default: []].append(index)
        return true
    }

    /// Takes a payload.
    mutating func add(_ payload: JSONObject, of number: UInt64, in collection: UInt32) {
        for index in byCollection[collection] ?? []
        where index.covers(PointNumber(rawValue: number)) {
            for value in index.values(of: payload) {
                expected[index.id, default: Sums()].add(Self.hash(value.rawSpan), number)
            }
        }
    }

    /// Takes a record of an index; false where it cannot be one.
    mutating func add(_ key: RawSpan, _ record: RawSpan) -> Bool {
        guard key.byteCount > 4, let index = indexes[key.integer(UInt32.self, at: 0)],
            let length = IndexedValue.length(key, at: 4, index.type),
            key.byteCount == 4 + length + 8, let block = NumberBlock(record)
        else { return false }
        let first = key.integer(UInt64.self, at: 4 + length)
        guard first <= .max >> NumberBlock.shift else { return false }
        let value = Self.hash(key.extracting(4..<4 + length))
        for (place, word) in block.words.enumerated() {
            var rest = word
            while rest != 0 {
                let offset = UInt64(64 * place + rest.trailingZeroBitCount)
                rest &= rest - 1
                found[index.id, default: Sums()].add(value, first << NumberBlock.shift | offset)
            }
        }
        return true
    }

    /// The indexes that do not have what the payloads have.
    var wrong: [PayloadIndex] {
        indexes.values
            .filter { index in
                let sums = found[index.id] ?? Sums()
                return sums != expected[index.id] ?? Sums() || sums.count != index.entryCount
            }
            .sorted { $0.id < $1.id }
    }

    /// FNV-1a.
    private static func hash(_ bytes: RawSpan) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for offset in 0..<bytes.byteCount {
            hash = (hash ^ UInt64(bytes.byte(at: offset))) &* 0x0000_0100_0000_01B3
        }
        return hash
    }
}

/// The finalizer of SplitMix64: every bit of the result hangs on every bit of the word.
private func mixed(_ word: UInt64) -> UInt64 {
    var word = word &+ 0x9E37_79B9_7F4A_7C15
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
}
