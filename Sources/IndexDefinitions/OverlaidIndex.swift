import VectorCore

/// An index without some of its rows, and vectors beside it that are scanned: their rows follow its own.
final class OverlaidIndex: VectorIndex {
    let base: any FileBackedIndex
    let hidden: RowSet
    let beside: ScannedVectors
    /// The hidden rows of the base, from among all that are hidden.
    private let hiddenInBase: RowSet

    init(_ base: any FileBackedIndex, hiding hiddenInBase: RowSet, beside: ScannedVectors) {
        self.base = base
        self.hiddenInBase = hiddenInBase
        self.beside = beside
        var hidden = hiddenInBase
        let first = UInt32(base.rowCount)
        hidden.formUnion(beside.hidden.rows.lazy.map { first + $0 })
        self.hidden = hidden
    }

    var metric: DistanceMetric { base.metric }
    var dimension: Int { base.dimension }
    var rowCount: Int { base.rowCount + beside.rowCount }
    var memoryBytes: Int { base.memoryBytes + beside.memoryBytes + hidden.byteCount }
    var recallTable: RecallTable? { base.recallTable }
    var warning: String? { base.warning }
    var keepsVectors: Bool { base.keepsVectors }

    func reading(_ source: any RowVectors) -> OverlaidIndex {
        OverlaidIndex(base.reading(source), hiding: hiddenInBase, beside: beside)
    }

    func effort(
        reaching recall: Double, k: Int
    ) throws(IndexError) -> SearchLimits.Effort {
        try base.effort(reaching: recall, k: k)
    }

    func search(
        _ queries: borrowing Queries, _ limits: SearchLimits, into answers: inout Answers
    ) throws(IndexError) {
        try validate(queries, k: limits.k)
        let allowed = limits.allowed?.split(at: base.rowCount)
        let unwanted = limits.hidden.split(at: base.rowCount)
        var (below, above) = (limits, limits)
        (below.allowed, above.allowed) = (allowed?.below, allowed?.above)
        (below.hidden, above.hidden) = (unwanted.below, unwanted.above)
        below.hidden.formUnion(hiddenInBase)
        var (indexed, scanned) = (Answers(), Answers())
        try base.search(queries, below, into: &indexed)
        try beside.search(queries, above, into: &scanned)
        for query in 0..<queries.count {
            answers.append(
                Self.merged(indexed[query], scanned[query], behind: base.rowCount, limits.k))
        }
    }

    /// The `k` nearest of two answers, the second of which counts its rows from a number on.
    private static func merged(
        _ indexed: ArraySlice<Neighbor>, _ scanned: ArraySlice<Neighbor>, behind rows: Int,
        _ k: Int
    ) -> [Neighbor] {
        var merged: [Neighbor] = []
        merged.reserveCapacity(min(k, indexed.count + scanned.count))
        var (left, right) = (indexed, scanned)
        while merged.count < k {
            let next = right.first.map {
                Neighbor(row: RowID($0.row.position + rows), distance: $0.distance)
            }
            switch (left.first, next) {
            case (let near?, let other) where other.map({ near < $0 }) ?? true:
                merged.append(near)
                left.removeFirst()
            case (_, let near?):
                merged.append(near)
                right.removeFirst()
            case (_, nil): return merged
            }
        }
        return merged
    }

    /// The vectors of rows that are not hidden, as they came.
    func vectors(of rows: [UInt32]) throws(IndexError) -> FloatMatrix {
        let first = UInt32(base.rowCount)
        let own = try base.vectors(of: rows.filter { $0 < first })
        guard rows.contains(where: { $0 >= first }) else { return own }
        var next = 0
        // Rows are made in their order.
        return unsafe FloatMatrix(rows: rows.count, columns: dimension) { place, target in
            guard let start = target.baseAddress else { return }
            if rows[place] < first {
                unsafe start.update(from: own.pointer(row: next), count: dimension)
                next += 1
            } else {
                let row = Int(rows[place] - first)
                unsafe start.update(from: beside.vectors.pointer(row: row), count: dimension)
            }
        }
    }
}
