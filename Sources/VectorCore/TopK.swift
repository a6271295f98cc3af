/// Keeps the `k` nearest of the neighbours offered to it.
///
/// A binary heap with the farthest on top, so that an offer that does not qualify costs one
/// comparison.
public struct TopK: Sendable {
    /// How many neighbours are kept at most.
    public let k: Int
    @usableFromInline var heap: [Neighbor] = []

    /// Makes an empty selection.
    @inlinable
    public init(k: Int) {
        precondition(k >= 1)
        self.k = k
        heap.reserveCapacity(min(k, 4096))
    }

    /// How many are kept now.
    @inlinable public var count: Int { heap.count }

    /// The distance that an offer must not exceed to be kept; infinite while there is room.
    @inlinable public var worst: Float { heap.count < k ? .infinity : heap[0].distance }

    /// Keeps `neighbor` if it is among the `k` nearest so far.
    ///
    /// - Complexity: O(log k), O(1) when it does not qualify
    @inlinable
    public mutating func offer(_ neighbor: Neighbor) {
        if heap.count < k {
            heap.append(neighbor)
            siftUp(heap.count - 1)
        } else if neighbor < heap[0] {
            heap[0] = neighbor
            siftDown()
        }
    }

    /// The kept neighbours, nearest first.
    ///
    /// - Complexity: O(k log k)
    @inlinable
    public func sorted() -> [Neighbor] {
        heap.sorted()
    }

    @usableFromInline
    mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[parent] < heap[child] else { return }
            heap.swapAt(parent, child)
            child = parent
        }
    }

    @usableFromInline
    mutating func siftDown() {
        var parent = 0
        while true {
            var largest = parent
            for child in (2 * parent + 1)..<(2 * parent + 3)
            where child < heap.count && heap[largest] < heap[child] {
                largest = child
            }
            guard largest != parent else { return }
            heap.swapAt(parent, largest)
            parent = largest
        }
    }
}
