import GraphConstruction
import MappedStorage
import VectorCore

extension HNSWIndex {
    /// What is wrong with the structure, or nil: after this, searches and changes need no bounds checks, and no row can
    /// be in an answer twice.
    ///
    /// - Complexity: O(count · m)
    package func structuralFault() -> String? {
        guard let outside = rowsOutside() else {
            return "lists rows outside the graph that cannot be"
        }
        if let fault = upperFault() { return fault }
        guard isolated.count < rowCount else { return nil }
        let rows = UInt32(rowCount)
        guard entry < rows, !outside[Int(entry)] else { return "starts at a row that is not there" }
        let top = graph.level(of: entry)
        for row in 0..<rows {
            let level = graph.level(of: row)
            guard level <= top else { return "has a row above its entry" }
            for layer in 0...level {
                let links = unsafe graph.links(of: row, on: layer)
                var hasEnded = false
                for place in 0..<graph.degree(on: layer) {
                    let neighbor = unsafe links[place]
                    if neighbor == LinkTable.none {
                        hasEnded = true
                        continue
                    }
                    // A link that is added takes the first free place, and what lies behind it would come to light.
                    guard !hasEnded else {
                        return "has links of row \(row) behind the end of its list"
                    }
                    guard neighbor < rows, neighbor != row, !outside[Int(neighbor)],
                        graph.level(of: neighbor) >= layer
                    else { return "has a link of row \(row) that leads nowhere" }
                }
            }
        }
        return nil
    }

    /// What is wrong with the places of the upper lists, of rows outside the graph as well, whose slots may get other
    /// vectors; or nil.
    ///
    /// - Complexity: O(count + blocks)
    private func upperFault() -> String? {
        let blocks = graph.upper.byteCount / (4 * graph.m)
        var isTaken = [Bool](repeating: false, count: blocks)
        for row in 0..<UInt32(rowCount) {
            let level = graph.level(of: row)
            guard level <= HNSWGraph.highestLevel else { return "has a row of level \(level)" }
            guard level > 0 else { continue }
            let start = unsafe Int(
                graph.upperStarts.base.load(fromByteOffset: Int(row) * 4, as: UInt32.self))
            guard start + level <= blocks else { return "has upper links outside their section" }
            for block in start..<(start + level) {
                guard !isTaken[block] else { return "has upper links of two rows in one place" }
                isTaken[block] = true
            }
        }
        return nil
    }

    /// How many rows that the graph should find cannot be reached from the entry along ground links.
    ///
    /// - Complexity: O(count · m)
    package func unreachableCount() -> Int {
        guard isolated.count < rowCount, var outside = rowsOutside() else { return 0 }
        for row in hidden.rows + pending { outside[Int(row)] = true }
        return Reachability.unreachedCount(
            graph.groundTable, entry: entry, isExempt: { outside[Int($0)] })
    }

    /// How many rows that the graph should find no list on the ground layer has.
    ///
    /// - Complexity: O(count · m)
    package func unlinkedCount() -> Int {
        guard isolated.count < rowCount, var isFound = rowsOutside() else { return 0 }
        for row in hidden.rows + pending + [entry] { isFound[Int(row)] = true }
        for row in 0..<UInt32(rowCount) {
            for neighbor in graph.neighbors(of: row, on: 0) { isFound[Int(neighbor)] = true }
        }
        return isFound.count { !$0 }
    }

    /// For every row, whether it is isolated or a copy; nil where those lists cannot be.
    private func rowsOutside() -> [Bool]? {
        var outside = [Bool](repeating: false, count: rowCount)
        for (index, row) in isolated.enumerated() {
            guard row < rowCount, index == 0 || isolated[index - 1] < row else { return nil }
            outside[Int(row)] = true
        }
        for (index, pair) in equals.pairs.enumerated() {
            guard pair.original < pair.copy, pair.copy < rowCount, !outside[Int(pair.copy)],
                index == 0 || equals.pairs[index - 1] < pair
            else { return nil }
            outside[Int(pair.copy)] = true
        }
        for pair in equals.pairs {
            guard !outside[Int(pair.original)] else { return nil }
        }
        return outside
    }

    /// Whether all rows that are listed as equal are.
    ///
    /// - Complexity: O(copies · dimension)
    package var copiesAreEqual: Bool {
        equals.pairs.allSatisfy { rows.areEqual($0.original, $0.copy) }
    }
}
