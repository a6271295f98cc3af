import GraphConstruction
import MappedStorage

extension HNSWIndex {
    /// What is wrong with the structure, or nil: after this, a search needs no bounds checks.
    ///
    /// - Complexity: O(count · m)
    package func structuralFault() -> String? {
        let rows = UInt32(count)
        for (index, row) in isolated.enumerated()
        where row >= rows || (index > 0 && isolated[index - 1] >= row) {
            return "lists rows outside the graph that cannot be"
        }
        guard isolated.count < count else { return nil }
        guard entry < rows else { return "starts at a row that does not exist" }
        let blocks = UInt64(graph.upper.byteCount / (4 * graph.m))
        let top = graph.level(of: entry)
        for row in 0..<rows {
            let level = graph.level(of: row)
            guard level <= top || isIsolated(row) else { return "has a row above its entry" }
            let start = unsafe graph.upperStarts.base.load(
                fromByteOffset: Int(row) * 4, as: UInt32.self)
            guard UInt64(start) + UInt64(level) <= blocks else {
                return "has upper links outside their section"
            }
            for layer in 0...level {
                let links = unsafe graph.links(of: row, on: layer)
                for place in 0..<graph.degree(on: layer) {
                    let neighbor = unsafe links[place]
                    if neighbor == LinkTable.none { break }
                    guard neighbor < rows, neighbor != row, graph.level(of: neighbor) >= layer
                    else { return "has a link of row \(row) that leads nowhere" }
                }
            }
        }
        return nil
    }

    /// How many rows of the graph cannot be reached from the entry along ground links.
    ///
    /// - Complexity: O(count · m)
    package func unreachableCount() -> Int {
        guard isolated.count < count else { return 0 }
        return Reachability.unreachedCount(
            graph.groundTable, entry: entry, isExempt: isIsolated)
    }

    func isIsolated(_ row: UInt32) -> Bool {
        var low = 0
        var high = isolated.count
        while low < high {
            let middle = (low + high) / 2
            if isolated[middle] < row { low = middle + 1 } else { high = middle }
        }
        return low < isolated.count && isolated[low] == row
    }
}
