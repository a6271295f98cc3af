/// Which rows a search has seen; clearing it is one addition.
///
/// A byte a row holds the number of the search that last saw it. When the numbers run out, after
/// 255 searches, the bytes are zeroed.
@safe
public struct VisitedSet: ~Copyable {
    @usableFromInline let stamps: UnsafeMutablePointer<UInt8>
    @usableFromInline var stamp: UInt8 = 1
    /// How many rows there is room for.
    public let count: Int

    /// Makes an empty set for rows `0..<count`.
    public init(count: Int) {
        self.count = count
        unsafe stamps = .allocate(capacity: max(1, count))
        unsafe stamps.initialize(repeating: 0, count: max(1, count))
    }

    deinit {
        unsafe stamps.deallocate()
    }

    /// Forgets everything.
    @inlinable
    public mutating func clear() {
        stamp &+= 1
        if stamp == 0 { zero() }
    }

    /// Marks a row and says whether it was new.
    ///
    /// - Precondition: `row` is below the set's count; links are checked when a file is opened.
    @inlinable
    public mutating func insert(_ row: UInt32) -> Bool {
        if unsafe stamps[Int(row)] == stamp { return false }
        unsafe stamps[Int(row)] = stamp
        return true
    }

    @usableFromInline
    mutating func zero() {
        unsafe stamps.update(repeating: 0, count: count)
        stamp = 1
    }
}
