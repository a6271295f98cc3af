/// The row of every id that can be found, made when it is first needed.
public struct RowTable: Sendable {
    private var rows: [UInt64: UInt32]?
    /// The largest id, or nil where it has to be looked for.
    private var largest: UInt64?

    /// About how many bytes it takes: a slot of 16 bytes and a bit for each of 4/3 as many places,
    /// rounded up to a power of two.
    public var byteCount: Int { (rows?.capacity ?? 0) * 4 / 3 * 16 }

    /// Makes a table that knows nothing.
    public init() {}

    /// Whether it has been filled.
    public var isFilled: Bool { rows != nil }

    /// Reads the ids of some rows.
    public mutating func fill(_ shown: some Sequence<UInt32>, _ ids: RowIDs) {
        var known: [UInt64: UInt32] = [:]
        known.reserveCapacity(ids.count)
        for row in shown { known[ids[row]] = row }
        rows = known
        largest = nil
    }

    /// The row of an id, or nil.
    public func row(of id: UInt64) -> UInt32? { rows?[id] }

    /// The largest id, or nil where there is none.
    public mutating func largestID() -> UInt64? {
        if largest == nil { largest = rows?.keys.max() }
        return largest
    }

    /// Adds ids and their rows.
    public mutating func insert(_ ids: some Sequence<UInt64>, _ places: some Sequence<UInt32>) {
        for (id, row) in zip(ids, places) {
            rows?[id] = row
            if let known = largest, id > known { largest = id }
        }
    }

    /// Forgets ids.
    public mutating func remove(_ ids: [UInt64]) {
        for id in ids {
            rows?[id] = nil
            if id == largest { largest = nil }
        }
    }
}
