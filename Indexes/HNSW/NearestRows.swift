import VectorCore

/// The `k` nearest of the rows that have been measured, by distances in double precision, ties by row.
struct NearestRows {
    private(set) var k: Int
    /// Nearest first.
    private var sorted: [(distance: Double, row: UInt32)] = []

    init(k: Int) {
        self.k = k
        sorted.reserveCapacity(min(k, 1024))
    }

    var isFull: Bool { sorted.count == k }
    /// The largest of the distances; infinite while there are fewer than `k`.
    var worst: Double { isFull ? sorted[k - 1].distance : .infinity }
    /// The rows with their distances as they are reported.
    var neighbors: [Neighbor] {
        sorted.map { Neighbor(row: RowID(rawValue: $0.row), distance: Float($0.distance)) }
    }

    mutating func removeAll() { sorted.removeAll(keepingCapacity: true) }

    /// Begins anew, for `k` rows.
    mutating func restart(k: Int) {
        removeAll()
        self.k = k
    }

    /// Takes a row, unless `k` others are nearer.
    ///
    /// - Complexity: O(k)
    mutating func offer(_ row: UInt32, at distance: Double) {
        if isFull {
            guard (distance, row) < sorted[k - 1] else { return }
            sorted.removeLast()
        }
        // Most come in nearly ascending order.
        var place = sorted.count
        while place > 0, (distance, row) < sorted[place - 1] { place -= 1 }
        sorted.insert((distance, row), at: place)
    }
}
