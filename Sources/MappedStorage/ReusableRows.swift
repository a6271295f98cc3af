public import VectorCore

/// Rows of equal length whose memory grows at the end, written by one while others read.
///
/// A row is written before anybody can see it: at the end, or in the place of one that nobody can see
/// any more. Whoever writes knows when that is. Growing copies the rows into larger memory; those who
/// read the smaller one keep it.
///
/// Unchecked: whoever writes owns the rows that it writes, as nobody else can see them.
@safe
public struct ReusableRows<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    /// How many rows there are.
    public private(set) var count: Int
    /// How many values a row has.
    public let stride: Int
    /// What keeps the memory.
    public private(set) var owner: AnyObject

    private var start: UnsafeMutablePointer<Element>
    private var capacity: Int

    /// Takes over rows; their memory is written only where rows are written again.
    ///
    /// - Parameters:
    ///   - base: the first of `count` × `stride` values.
    ///   - owner: what keeps them.
    @unsafe
    public init(
        adopting base: UnsafePointer<Element>, count: Int, stride: Int, owner: AnyObject
    ) {
        self.count = count
        self.stride = stride
        self.owner = owner
        capacity = count
        unsafe start = UnsafeMutablePointer(mutating: base)
    }

    /// The first value.
    @unsafe
    public var base: UnsafePointer<Element> { unsafe UnsafePointer(start) }

    /// Bytes of the memory, with the room to grow that has been written to or not.
    public var byteCount: Int { capacity * stride * MemoryLayout<Element>.stride }

    /// Adds rows whose content is undefined.
    ///
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    /// - Complexity: O(added · stride) on average
    public mutating func grow(to total: Int) throws(IndexError) {
        guard total > capacity else {
            count = max(count, total)
            return
        }
        let rowBytes = stride * MemoryLayout<Element>.stride
        var room = total + total / 2
        let pages: IndexPages
        do {
            // What is not written to takes no memory.
            pages = try IndexPages(byteCount: room * rowBytes)
        } catch {
            room = total
            pages = try IndexPages(byteCount: room * rowBytes)
        }
        let target = unsafe pages.base.bindMemory(to: Element.self, capacity: room * stride)
        unsafe target.update(from: start, count: count * stride)
        unsafe start = target
        (owner, capacity, count) = (pages, room, total)
    }

    /// The place of a row that nobody else can see.
    @unsafe
    public func place(of row: UInt32) -> UnsafeMutablePointer<Element> {
        precondition(Int(row) < count)
        return unsafe start + Int(row) * stride
    }
}
