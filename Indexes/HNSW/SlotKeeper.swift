import VectorCore

/// Which slots may be written again.
///
/// A slot that was given up may still be read: by searches in earlier versions, whose graphs lead to
/// it or which scan it. All of them hold the graph of their version. So a slot that the next graph
/// does without is free when the graph before, and all before that, have been let go of.
struct SlotKeeper: Sendable {
    /// Slots that wait or are free.
    private(set) var unused = RowSet()
    private var free: [UInt32] = []
    private var waiting: [Waiting] = []

    private struct Waiting: Sendable {
        weak var graph: HNSWGraph?
        let slots: [UInt32]
    }

    /// Notes slots that no version after those of `graph` reads.
    mutating func retire(_ slots: [UInt32], after graph: HNSWGraph) {
        for slot in slots { unused.insert(slot) }
        waiting.append(Waiting(graph: graph, slots: slots))
    }

    /// Some free slots, then new ones from `count` on; they are not taken before ``take(_:)``.
    mutating func choose(_ wanted: Int, count: Int) -> [UInt32] {
        while let first = waiting.first, first.graph == nil {
            free.append(contentsOf: first.slots)
            waiting.removeFirst()
        }
        let old = free.suffix(wanted)
        return old + (0..<wanted - old.count).map { UInt32(count + $0) }
    }

    /// Takes slots that were chosen last.
    mutating func take(_ slots: [UInt32]) {
        for slot in slots where unused.remove(slot) { free.removeLast() }
    }
}
