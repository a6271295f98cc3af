import VectorCore

/// The row of every id that can be found, made when it is first needed.
struct RowTable: Sendable {
    private var rows: [UInt64: UInt32]?
    /// The largest id, or nil where it has to be looked for.
    private var largest: UInt64?

    /// About how many bytes it takes: a slot of 16 bytes and a bit for each of 4/3 as many places,
    /// rounded up to a power of two.
    var byteCount: Int { (rows?.capacity ?? 0) * 4 / 3 * 16 }

    /// Reads a version's ids unless that has been done.
    mutating func know(_ version: IndexVersion) {
        guard rows == nil else { return }
        refill(version)
    }

    /// Reads a version's ids.
    mutating func refill(_ version: IndexVersion) {
        var known = [UInt64: UInt32](minimumCapacity: version.count)
        for row in version.rows { known[version.ids[row]] = row }
        rows = known
        largest = nil
    }

    func row(of id: UInt64) -> UInt32? { rows?[id] }

    /// The largest id, or nil where there is none.
    mutating func largestID() -> UInt64? {
        if largest == nil { largest = rows?.keys.max() }
        return largest
    }

    mutating func insert(_ ids: [UInt64], from first: Int) {
        for (offset, id) in ids.enumerated() {
            rows?[id] = UInt32(first + offset)
            if let known = largest, id > known { largest = id }
        }
    }

    mutating func remove(_ ids: [UInt64]) {
        for id in ids {
            rows?[id] = nil
            if id == largest { largest = nil }
        }
    }
}
