import IndexDefinitions
import MappedStorage
import VectorCore

extension MatrixIndex {
    /// What is wrong with the lists, or nil: each has every row once, in ascending distance, all finite.
    ///
    /// - Complexity: O(count²)
    package func structuralFault() -> String? {
        let all = unsafe table.values(as: Neighbor.self)
        // The last list that a row was seen in, counted from 1.
        var seen = [UInt32](repeating: 0, count: count)
        for list in 0..<count {
            var last = -Float.infinity
            for place in list * count..<(list + 1) * count {
                let neighbor = unsafe all[place]
                guard neighbor.row.position < count,
                    seen[neighbor.row.position] != UInt32(list + 1)
                else { return "has a list of row \(list) that does not name every row once" }
                guard neighbor.distance >= last else {
                    return "has a list of row \(list) that is out of order"
                }
                guard neighbor.distance.isFinite else {
                    return "has a list of row \(list) with a distance that is not finite"
                }
                seen[neighbor.row.position] = UInt32(list + 1)
                last = neighbor.distance
            }
        }
        return nil
    }
}
