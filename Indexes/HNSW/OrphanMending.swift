import GraphConstruction
import VectorCore
import WorkerThreads

/// Gives links to vertices that have lost the last one that led to them.
///
/// A list that is chosen anew drops neighbours, and may drop one that no other list has. Walking all the
/// graph for those would cost more than the insertion, so a vertex counts as linked where one of its own
/// neighbours leads back, which is soon seen.
struct OrphanMending {
    let graph: HNSWGraph
    /// Where searches start, which no list needs to lead to.
    let entry: UInt32
    /// How fast to go on beside others; nil for as fast as can be.
    let pace: WorkPace?
    private let table: LinkTable

    init(graph: HNSWGraph, entry: UInt32, pace: WorkPace?) {
        self.graph = graph
        self.entry = entry
        self.pace = pace
        table = graph.groundTable
    }

    /// Does it, on the ground layer.
    ///
    /// - Parameter suspects: vertices that are new or were dropped from a list.
    /// - Returns: the rows whose lists are others now, and whether some vertex found no place.
    /// - Complexity: O(suspects · m) where links mostly lead both ways
    func run(_ suspects: [UInt32]) -> (changed: [UInt32], isIncomplete: Bool) {
        var changed: [UInt32] = []
        var isIncomplete = false
        for row in suspects where row != entry {
            pace?.pause()
            guard !isLinked(row, leavingOut: row) else { continue }
            if let owner = link(row) { changed.append(owner) } else { isIncomplete = true }
        }
        return (changed, isIncomplete)
    }

    /// Whether a neighbour of the row, other than one, leads back to it.
    private func isLinked(_ row: UInt32, leavingOut other: UInt32) -> Bool {
        firstPlace(of: row) { neighbor in
            neighbor != other && firstPlace(of: neighbor) { $0 == row } != nil
        } != nil
    }

    /// Lets a neighbour lead to the row, in a free place or in that of a vertex that others lead to.
    ///
    /// - Returns: that neighbour.
    private func link(_ row: UInt32) -> UInt32? {
        let neighbors = graph.neighbors(of: row, on: 0)
        for neighbor in neighbors {
            let count = graph.neighbors(of: neighbor, on: 0).count
            guard count < table.degree else { continue }
            table[neighbor, count] = row
            return neighbor
        }
        for neighbor in neighbors {
            // Most that are far are at the end; the nearest stay, whatever else this row is near to.
            for (place, other) in graph.neighbors(of: neighbor, on: 0).enumerated().reversed()
            where place >= table.degree / 2 && isLinked(other, leavingOut: neighbor) {
                table[neighbor, place] = row
                return neighbor
            }
        }
        return nil
    }

    /// The first place of a row's list whose neighbour is as asked for.
    private func firstPlace(of row: UInt32, where isRight: (UInt32) -> Bool) -> Int? {
        for place in 0..<table.degree {
            let neighbor = table[row, place]
            if neighbor == LinkTable.none { break }
            if isRight(neighbor) { return place }
        }
        return nil
    }
}
