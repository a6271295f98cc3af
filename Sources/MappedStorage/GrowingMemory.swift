import Synchronization
public import VectorCore

/// Values in huge pages that grow at the end while others read what was there before.
///
/// A value of this type sees a number of values that never change. ``appending(_:)`` gives a longer
/// one, which lies in the same memory where that has room behind the shorter one; so adding costs
/// what is added, on average.
@safe
public struct GrowingMemory<Element: BitwiseCopyable & Sendable>: Sendable {
    /// How many values there are.
    public let count: Int
    private let block: Block

    private final class Block: Sendable {
        let pages: IndexPages
        let capacity: Int
        /// How many values from the start have been given out; those behind belong to nobody.
        let taken: Atomic<Int>

        init(capacity: Int, taken: Int) throws(IndexError) {
            pages = try IndexPages(byteCount: capacity * MemoryLayout<Element>.stride)
            self.capacity = capacity
            self.taken = Atomic(taken)
        }

        @unsafe var base: UnsafeMutablePointer<Element> {
            unsafe pages.base.assumingMemoryBound(to: Element.self)
        }
    }

    /// Makes memory and fills it.
    ///
    /// - Parameters:
    ///   - count: how many values.
    ///   - fill: gets as many zeroed places.
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    public init(
        count: Int, fill: (UnsafeMutablePointer<Element>) -> Void
    ) throws(IndexError) {
        block = try Block(capacity: count, taken: count)
        self.count = count
        unsafe fill(block.base)
    }

    private init(count: Int, block: Block) {
        self.count = count
        self.block = block
    }

    /// The first value.
    @unsafe
    public var base: UnsafePointer<Element> { unsafe UnsafePointer(block.base) }

    /// A value that nobody reads, to be written again.
    @unsafe
    public func place(_ index: Int) -> UnsafeMutablePointer<Element> {
        precondition(index < count)
        return unsafe block.base + index
    }

    /// What keeps the memory.
    public var owner: AnyObject { block.pages }

    /// The values, and then others.
    ///
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    /// - Complexity: O(values) on average where each is made from the last, else O(count + values)
    @unsafe
    public func appending(
        _ values: UnsafeBufferPointer<Element>
    ) throws(IndexError) -> GrowingMemory {
        let total = count + values.count
        let target = try room(for: total)
        if let start = values.baseAddress {
            unsafe (target.base + count).update(from: start, count: values.count)
        }
        return GrowingMemory(count: total, block: target)
    }

    /// The memory to write behind the present values: this one, or a larger one with a copy.
    private func room(for total: Int) throws(IndexError) -> Block {
        if total <= block.capacity,
            block.taken.compareExchange(
                expected: count, desired: total, ordering: .acquiringAndReleasing
            ).exchanged
        {
            return block
        }
        let larger: Block
        do {
            // What is not written to takes no memory.
            larger = try Block(capacity: total + total / 2, taken: total)
        } catch {
            larger = try Block(capacity: total, taken: total)
        }
        unsafe larger.base.update(from: block.base, count: count)
        return larger
    }
}
