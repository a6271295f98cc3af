/// A row that may become a neighbour, with its raw distance from the vertex in question.
public struct LinkCandidate: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// The row.
    public var row: UInt32
    /// Its raw distance from the vertex.
    public var distance: Float

    /// Pairs a row with its raw distance.
    @inlinable
    public init(row: UInt32, distance: Float) {
        self.row = row
        self.distance = distance
    }

    /// Orders by distance, ties by row.
    @inlinable
    public static func < (left: LinkCandidate, right: LinkCandidate) -> Bool {
        left.distance < right.distance
            || (left.distance == right.distance && left.row < right.row)
    }
}

/// Chooses neighbours that lie in different directions.
///
/// SELECT-NEIGHBORS-HEURISTIC, algorithm 4 of Malkov and Yashunin, "Efficient and robust
/// approximate nearest neighbor search using HNSW graphs" (2018): a candidate is kept only if it is
/// nearer to the vertex than to every neighbour kept before it. On equality it is dropped, so that
/// copies of one vector do not fill each other's lists and cut themselves off.
///
/// Where one vector is nearer to all others than they are to each other, such as the zero vector among
/// vectors about it, the rule leaves each nothing but that one, and the graph becomes a star that no search
/// gets through. So a list that stays short is filled up with the nearest that were dropped.
public enum NeighborSelection {
    /// Moves the chosen candidates to the front, keeping their order.
    ///
    /// - Parameters:
    ///   - candidates: sorted, nearest first, without the vertex itself.
    ///   - limit: how many neighbours there may be.
    ///   - least: up to how many a list is filled with the nearest that the rule has dropped.
    ///   - distance: raw distances between rows.
    /// - Returns: how many were chosen.
    /// - Complexity: O(candidates · limit · dimension) at worst
    @inlinable
    public static func chooseDiverse(
        _ candidates: inout [LinkCandidate], limit: Int, least: Int = 0,
        distance: (UInt32, UInt32) -> Float
    ) -> Int {
        var kept = 0
        var dropped: [LinkCandidate] = []
        for index in candidates.indices {
            let candidate = candidates[index]
            var isDiverse = true
            for other in 0..<kept
            where distance(candidate.row, candidates[other].row) <= candidate.distance {
                isDiverse = false
                break
            }
            guard isDiverse else {
                if dropped.count < least { dropped.append(candidate) }
                continue
            }
            candidates[kept] = candidate
            kept += 1
            if kept == limit { break }
        }
        let missing = min(least, limit) - kept
        guard missing > 0, !dropped.isEmpty else { return kept }
        for candidate in dropped.prefix(missing) {
            candidates[kept] = candidate
            kept += 1
        }
        candidates[..<kept].sort()
        return kept
    }
}
