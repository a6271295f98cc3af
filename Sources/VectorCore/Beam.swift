/// The best candidates of a graph search, sorted, at most `capacity` of them.
///
/// It is both lists of the search of Malkov and Yashunin (2018): the candidates still to expand
/// (*C*) and the results so far (*W*), whose bound is *ef*. A sorted array beats two heaps at the
/// capacities that searches use: the nearest unexpanded entry is at a cursor, the worst at the end,
/// and an insertion moves a few cache lines.
///
/// An entry is one integer: the distance's bits in an order that integers compare rightly, then the
/// row, then whether it has been expanded.
@safe
public struct Beam: ~Copyable {
    /// How many candidates are kept at most.
    @inlinable public var capacity: Int { limit }
    /// How many candidates are kept now.
    @inlinable public var count: Int { kept }

    @usableFromInline var limit: Int
    @usableFromInline var kept = 0
    @usableFromInline var entries: UnsafeMutablePointer<UInt64>
    @usableFromInline var cursor = 0
    private var allocated: Int

    /// Makes an empty beam.
    public init(capacity: Int) {
        precondition(capacity >= 1)
        self.limit = capacity
        self.allocated = capacity
        // One entry more than it may keep, so that an insertion need not test for the end.
        unsafe self.entries = .allocate(capacity: capacity + 1)
    }

    deinit {
        unsafe entries.deallocate()
    }

    /// Empties the beam and sets how many candidates it may keep.
    public mutating func reset(capacity: Int) {
        kept = 0
        restart(capacity: capacity)
    }

    /// Keeps the nearest candidates as unexpanded ones and sets how many there may be.
    public mutating func restart(capacity: Int) {
        precondition(capacity >= 1)
        kept = min(kept, capacity)
        if capacity > allocated {
            let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity + 1)
            unsafe larger.update(from: entries, count: kept)
            unsafe entries.deallocate()
            unsafe entries = larger
            allocated = capacity
        }
        for position in 0..<kept { unsafe entries[position] &= ~1 }
        limit = capacity
        cursor = 0
    }

    /// The distance below which a candidate is kept; infinite while there is room.
    @inlinable public var worst: Float {
        unsafe count < capacity ? .infinity : Self.distance(of: entries[count - 1])
    }

    /// Keeps a candidate if it is near enough.
    ///
    /// - Complexity: O(log capacity) comparisons, O(capacity) bytes moved
    @inlinable
    public mutating func offer(_ row: UInt32, at distance: Float) {
        let entry = Self.entry(row, at: distance)
        if count == capacity, unsafe entry >= entries[count - 1] { return }
        var low = 0
        var high = count
        while low < high {
            let middle = (low &+ high) &>> 1
            if unsafe entries[middle] < entry { low = middle &+ 1 } else { high = middle }
        }
        unsafe (entries + low + 1).update(from: entries + low, count: count &- low)
        unsafe entries[low] = entry
        if count < capacity { kept &+= 1 }
        if low < cursor { cursor = low }
    }

    /// Marks the nearest unexpanded candidate as expanded and returns its row, or nil.
    @inlinable
    public mutating func popNearest() -> UInt32? {
        while cursor < count {
            let entry = unsafe entries[cursor]
            if entry & 1 == 0 {
                unsafe entries[cursor] = entry | 1
                cursor &+= 1
                return UInt32(truncatingIfNeeded: entry &>> 1) & 0x7FFF_FFFF
            }
            cursor &+= 1
        }
        return nil
    }

    /// The row that `popNearest` would return if nothing nearer came in between.
    @inlinable public var nextNearest: UInt32? {
        var position = cursor
        while position < count {
            let entry = unsafe entries[position]
            if entry & 1 == 0 { return UInt32(truncatingIfNeeded: entry &>> 1) & 0x7FFF_FFFF }
            position &+= 1
        }
        return nil
    }

    /// The row and distance of the candidate at a rank, from 0.
    @inlinable
    public subscript(rank: Int) -> (row: UInt32, distance: Float) {
        precondition(rank >= 0 && rank < count)
        let entry = unsafe entries[rank]
        return (UInt32(truncatingIfNeeded: entry &>> 1) & 0x7FFF_FFFF, Self.distance(of: entry))
    }

    /// The rows of all candidates, nearest first.
    ///
    /// - Complexity: O(count)
    public var rows: [UInt32] { (0..<kept).map { self[$0].row } }

    /// Puts the rows of all candidates, nearest first, in the place of what an array has.
    ///
    /// - Complexity: O(count)
    public func copyRows(to rows: inout [UInt32]) {
        rows.removeAll(keepingCapacity: true)
        for rank in 0..<kept { rows.append(self[rank].row) }
    }

    @inlinable
    static func entry(_ row: UInt32, at distance: Float) -> UInt64 {
        // Adding zero makes −0 into 0, which it ties with.
        let bits = (distance + 0).bitPattern
        let ordered = bits ^ (bits &>> 31 == 0 ? 0x8000_0000 : 0xFFFF_FFFF)
        return UInt64(ordered) &<< 32 | UInt64(row) &<< 1
    }

    @inlinable
    static func distance(of entry: UInt64) -> Float {
        let ordered = UInt32(truncatingIfNeeded: entry &>> 32)
        return Float(bitPattern: ordered ^ (ordered &>> 31 == 1 ? 0x8000_0000 : 0xFFFF_FFFF))
    }
}
