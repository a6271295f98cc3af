public import VectorCore

/// The ids of an index's rows: those that were given, or the numbers of the rows.
public struct RowIDs: Sendable {
    /// How many rows have an id, hidden ones included.
    public let count: Int
    /// How many rows from the first on have ids that ascend, as far as that is known.
    public let ascendingCount: Int
    /// The ids, or nil where they are the rows' numbers, which takes no memory.
    private let memory: GrowingMemory<UInt64>?

    /// Ids that are the numbers of the rows.
    public init(numbering count: Int) {
        self.count = count
        ascendingCount = count
        memory = nil
    }

    /// Given ids, one a row.
    ///
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    public init(_ ids: [UInt64]) throws(IndexError) {
        count = ids.count
        ascendingCount =
            zip(ids, ids.dropFirst()).enumerated().first { $0.element.0 >= $0.element.1 }
            .map { $0.offset + 1 } ?? ids.count
        guard ids.enumerated().contains(where: { $0.element != UInt64($0.offset) }) else {
            memory = nil
            return
        }
        memory = unsafe try GrowingMemory(count: ids.count) { target in
            for (row, id) in ids.enumerated() { unsafe target[row] = id }
        }
    }

    private init(count: Int, ascending: Int, memory: GrowingMemory<UInt64>?) {
        self.count = count
        ascendingCount = ascending
        self.memory = memory
    }

    /// The id of a row.
    public subscript(row: RowID) -> UInt64 {
        precondition(row.position < count)
        guard let memory else { return UInt64(row.rawValue) }
        return unsafe memory.base[row.position]
    }

    /// The id of a row.
    public subscript(row: UInt32) -> UInt64 { self[RowID(rawValue: row)] }

    /// The rows that have some ids, hidden ones among them.
    ///
    /// - Complexity: O(ids), or O(count + ids) where ids are not the rows' numbers
    public func rows(of wanted: [UInt64]) -> RowSet {
        guard let memory else { return RowSet(numbers: wanted, below: count) }
        var rows = RowSet()
        if ascendingCount == count, zip(wanted, wanted.dropFirst()).allSatisfy({ $0 <= $1 }) {
            var row = 0
            for id in wanted {
                while row < count, unsafe memory.base[row] < id { row += 1 }
                guard row < count else { break }
                if unsafe memory.base[row] == id { rows.insert(UInt32(row)) }
            }
            return rows
        }
        let wanted = Set(wanted)
        for row in 0..<UInt32(count) where wanted.contains(self[row]) { rows.insert(row) }
        return rows
    }

    /// The row of each of some ids, or nil where no row that can be seen has it.
    ///
    /// - Complexity: O(ids), or O(count + ids) where ids are not the rows' numbers
    public func row(ofEach wanted: [UInt64], leavingOut hidden: RowSet) -> [UInt32?] {
        guard memory != nil else {
            return wanted.map { id in
                guard id < UInt64(count), !hidden.contains(UInt32(id)) else { return nil }
                return UInt32(id)
            }
        }
        let names = Set(wanted)
        var rows = [UInt64: UInt32](minimumCapacity: names.count)
        for row in 0..<UInt32(count) where names.contains(self[row]) && !hidden.contains(row) {
            rows[self[row]] = row
        }
        return wanted.map { rows[$0] }
    }

    /// How many bytes the ids take.
    public var byteCount: Int { memory == nil ? 0 : count * 8 }

    /// These ids, and then others.
    ///
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    /// - Complexity: O(added) on average where each is made from the last
    public func appending(_ added: [UInt64]) throws(IndexError) -> RowIDs {
        let goesOn = added.enumerated().allSatisfy { $0.element == UInt64(count + $0.offset) }
        if memory == nil, goesOn { return RowIDs(numbering: count + added.count) }
        let present = if let memory { memory } else { try RowIDs.written(count) }
        var longer = Result<GrowingMemory<UInt64>, IndexError>.success(present)
        unsafe added.withUnsafeBufferPointer { added in
            longer = Result { () throws(IndexError) in unsafe try present.appending(added) }
        }
        return RowIDs(
            count: count + added.count, ascending: ascendingCount, memory: try longer.get())
    }

    /// These ids with others in places that nobody reads any more, and behind the last.
    ///
    /// - Parameters:
    ///   - added: ids.
    ///   - places: their rows: first some below `count`, then those from `count` on, ascending.
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    /// - Complexity: O(added) on average where each is made from the last
    public func placing(
        _ added: [UInt64], at places: [UInt32]
    ) throws(IndexError) -> RowIDs {
        let old = places.prefix { $0 < count }.count
        precondition(
            places.dropFirst(old).enumerated().allSatisfy { $0.element == count + $0.offset })
        let isNumbered =
            memory == nil && zip(added, places).allSatisfy { $0 == UInt64($1) }
        if isNumbered { return RowIDs(numbering: count + places.count - old) }
        var ids = self
        let ascending = min(ascendingCount, places.prefix(old).min().map { Int($0) } ?? count)
        let present = if let memory { memory } else { try Self.written(count) }
        ids = RowIDs(count: count, ascending: ascending, memory: present)
        ids = try ids.appending(Array(added.dropFirst(old)))
        for (id, place) in zip(added, places.prefix(old)) {
            unsafe ids.memory?.place(Int(place)).pointee = id
        }
        return ids
    }

    private static func written(_ count: Int) throws(IndexError) -> GrowingMemory<UInt64> {
        unsafe try GrowingMemory(count: count) { target in
            for row in 0..<count { unsafe target[row] = UInt64(row) }
        }
    }

    /// The positions of the first id that stands twice in a list, or nil.
    ///
    /// - Complexity: O(ids)
    public static func firstRepetition(in ids: [UInt64]) -> (first: Int, second: Int)? {
        guard zip(ids, ids.dropFirst()).contains(where: { $0 >= $1 }) else { return nil }
        var seen = Set<UInt64>(minimumCapacity: ids.count)
        for (second, id) in ids.enumerated() where !seen.insert(id).inserted {
            return ids.firstIndex(of: id).map { ($0, second) }
        }
        return nil
    }
}
