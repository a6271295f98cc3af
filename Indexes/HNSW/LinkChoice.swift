import GraphConstruction
import VectorCore

/// What the links of a graph are chosen by.
///
/// Products alone link every row to the same few, the longest or those that lie farthest along an offset that all
/// have in common, and little leads to the others. A graph of L2 links reaches all, and a walk to the largest
/// product is one to the nearest of the query stretched far enough (Chen et al., "Maximum Inner Product is
/// Query-Scaled Nearest Neighbor", 2025). So where lengths differ, half of the links are chosen so.
enum LinkOrder: Sendable {
    /// The distance that searches ask for.
    case metric
    /// The L2 distance.
    case euclidean
}

/// Chooses the links of a row among candidates.
struct LinkChoice: Sendable {
    private let pairs: RowPairs
    /// Nil where the metric says all.
    private let euclidean: RowPairs?

    init(_ vectors: GraphVectors) {
        pairs = vectors.pairs(under: .metric)
        euclidean = vectors.mixesLinks ? vectors.pairs(under: .euclidean) : nil
    }

    /// The raw distance of two rows under the metric.
    func distance(_ left: UInt32, _ right: UInt32) -> Float { pairs.distance(left, right) }

    /// Leaves the chosen among candidates, in order.
    ///
    /// - Parameters:
    ///   - candidates: nearest to the row first.
    ///   - near: candidates by their L2 distance, where links are mixed; nil for the same ones.
    ///   - limit: how many may be chosen.
    ///   - degree: how long the list may be.
    /// - Returns: whether more than half of the links that may be, or of those chosen by L2, lie in different directions.
    /// - Complexity: O(candidates · limit · dimension) at worst
    @discardableResult
    func choose(
        among candidates: inout [LinkCandidate], near: [LinkCandidate]? = nil, of row: UInt32,
        limit: Int, degree: Int
    ) -> Bool {
        guard let euclidean else {
            let kept = NeighborSelection.chooseDiverse(
                &candidates, limit: limit, least: degree / Self.leastShare,
                distance: pairs.distance)
            candidates.removeSubrange(kept...)
            return kept > limit / 2
        }
        var near =
            near
            ?? candidates.map {
                LinkCandidate(row: $0.row, distance: euclidean.distance(row, $0.row))
            }.sorted()
        let count = NeighborSelection.chooseDiverse(
            &near, limit: (limit + 1) / 2, least: degree / (2 * Self.leastShare),
            distance: euclidean.distance)
        near.removeSubrange(count...)
        candidates.removeAll { candidate in near.contains { $0.row == candidate.row } }
        let kept = NeighborSelection.chooseDiverse(
            &candidates, limit: limit - count, least: degree / 2, distance: pairs.distance)
        candidates.removeSubrange(kept...)
        candidates += near.map {
            LinkCandidate(row: $0.row, distance: pairs.distance(row, $0.row))
        }
        candidates.sort()
        return count > (limit + 1) / 4
    }

    /// A list, or the half that is chosen by L2, is filled up to this share of its places, diverse or not.
    private static let leastShare = 4
}
