public import VectorCore

/// Finds the nearest of some rows by distances that are asked for one at a time.
///
/// For answers that end at a distance, whose number nobody knows before, and for vectors that only their
/// index can compare.
public struct DistanceScan: Sendable {
    /// How many rows are kept at most.
    public let k: Int
    /// The distance up to which rows are kept, itself included, as it is reported: in single precision.
    public let within: Float

    /// Makes a scan.
    ///
    /// - Precondition: `k` is at least 1.
    public init(k: Int, within: Float = .infinity) {
        precondition(k >= 1)
        self.k = k
        self.within = within
    }

    /// The nearest rows, nearest first, ties by row.
    ///
    /// - Parameters:
    ///   - rows: where to look, ascending.
    ///   - distance: the distance of a row from the query.
    /// - Complexity: O(rows · (dimension + log k))
    public func nearest(
        of rows: [UInt32], distance: (_ row: UInt32) -> Double
    ) -> [Neighbor] {
        var nearest = ScannedRows(self)
        for row in rows { nearest.offer(row, at: distance(row)) }
        return nearest.neighbors
    }
}

/// The nearest of the rows that were offered so far, by their distances in double precision.
struct ScannedRows {
    private let scan: DistanceScan
    /// Rows that are kept before the farthest are dropped.
    private let limit: Int
    private var found: [Candidate] = []
    private var cut = Double.infinity

    init(_ scan: DistanceScan) {
        self.scan = scan
        limit = scan.k > Int.max / 4 ? Int.max : 2 * scan.k + 1024
    }

    /// Keeps a row if it is near enough.
    ///
    /// - Complexity: O(log k) on average
    mutating func offer(_ row: UInt32, at distance: Double) {
        guard distance <= cut, Float(distance) <= scan.within else { return }
        found.append(Candidate(distance: distance, row: row))
        guard found.count >= limit else { return }
        found.sort()
        found.removeSubrange(scan.k...)
        cut = found[scan.k - 1].distance
    }

    /// The k nearest, nearest first, ties by row.
    var neighbors: [Neighbor] {
        found.sorted().prefix(scan.k).map {
            Neighbor(row: RowID(rawValue: $0.row), distance: Float($0.distance))
        }
    }

    private struct Candidate: Comparable {
        let distance: Double
        let row: UInt32

        static func < (left: Candidate, right: Candidate) -> Bool {
            left.distance < right.distance
                || (left.distance == right.distance && left.row < right.row)
        }
    }
}
