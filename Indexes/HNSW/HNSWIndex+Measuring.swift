import VectorCore
import VectorKernels

/// From candidates, which the graph finds by codes in single precision, to answers.
extension HNSWIndex {
    /// At least so many candidates are measured beyond those wanted.
    private static let leastSpare = 3
    /// And at least such a share of those wanted.
    private static let spareShare = 4
    /// Distances in single precision may be off by this share of themselves.
    private static let rounding: Float = 1e-5

    /// Adds the candidates that a walk has left in the beam, as far as they may be in the answer.
    func addCandidates(
        of scratch: SearchScratch, k: Int, _ scorer: DistanceScorer, to measured: inout [Neighbor]
    ) {
        let hidden = hidden
        guard codes != nil else {
            take(scratch.beam, k: k, into: &measured) { !hidden.contains($0) }
            return
        }
        measure(
            scratch.beam.count, k: k, scorer, into: &measured,
            candidate: { scratch.beam[$0].row }, shows: { !hidden.contains($0) })
    }

    /// Measures candidates by the vectors, until the last few are not among the nearest.
    ///
    /// Codes misplace neighbours, the more the nearer those are to each other. So the rule asks what measuring
    /// has changed: it goes on as long as what it measures last belongs to the answer.
    ///
    /// - Parameters:
    ///   - count: how many candidates there are.
    ///   - k: how many rows are wanted.
    ///   - measured: gets rows with their raw distances; those outside the graph are there before.
    ///   - candidate: a vertex by its rank, nearest by codes first.
    ///   - shows: whether a row may be in the answer.
    func measure(
        _ count: Int, k: Int, _ scorer: DistanceScorer, into measured: inout [Neighbor],
        candidate: (_ rank: Int) -> UInt32, shows: (UInt32) -> Bool
    ) {
        let spare = max(Self.leastSpare, k / Self.spareShare)
        // Where vectors are read from a store, as many are read at once.
        var nearest = NearestDistances(k: k)
        for neighbor in measured { nearest.insert(neighbor.distance) }
        var block: [UInt32] = []
        let first = min(count, k + k / 2 + 2)
        block.reserveCapacity(first)
        var size = first
        var rank = 0
        while rank < count {
            block.removeAll(keepingCapacity: true)
            while rank < count, block.count < size {
                let vertex = candidate(rank)
                rank += 1
                if shows(vertex) || hasShownCopy(vertex, shows) { block.append(vertex) }
            }
            guard !block.isEmpty else { return }
            unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: block.count) {
                distances in
                guard let start = distances.baseAddress else { return }
                unsafe scorer.score(rows: block, count: block.count, into: start)
                for (place, vertex) in block.enumerated() {
                    let distance = unsafe distances[place]
                    append(vertex, at: distance, k: k, to: &measured, &nearest, shows)
                }
                let last = unsafe distances.suffix(spare)
                let isChanged = unsafe last.contains { $0 <= nearest.worst }
                size = nearest.isFull && !isChanged ? 0 : spare
            }
            if size == 0 { return }
        }
    }

    /// Takes the first of a beam whose distances are those of the vectors.
    private func take(
        _ beam: borrowing Beam, k: Int, into measured: inout [Neighbor], shows: (UInt32) -> Bool
    ) {
        var nearest = NearestDistances(k: k)
        for neighbor in measured { nearest.insert(neighbor.distance) }
        for rank in 0..<beam.count {
            let (vertex, distance) = beam[rank]
            let edge = nearest.worst
            guard !nearest.isFull || distance <= edge + abs(edge) * Self.rounding else { break }
            append(vertex, at: distance, k: k, to: &measured, &nearest, shows)
        }
    }

    private func append(
        _ vertex: UInt32, at distance: Float, k: Int, to measured: inout [Neighbor],
        _ nearest: inout NearestDistances, _ shows: (UInt32) -> Bool
    ) {
        if shows(vertex) {
            measured.append(Neighbor(row: RowID(rawValue: vertex), distance: distance))
            nearest.insert(distance)
        }
        guard !equals.pairs.isEmpty else { return }
        var room = k
        for copy in equals.copies(of: vertex) where shows(copy) {
            guard room > 0 else { break }
            measured.append(Neighbor(row: RowID(rawValue: copy), distance: distance))
            nearest.insert(distance)
            room -= 1
        }
    }

    private func hasShownCopy(_ vertex: UInt32, _ shows: (UInt32) -> Bool) -> Bool {
        !equals.pairs.isEmpty && equals.copies(of: vertex).contains(where: shows)
    }

    /// Measures the rows outside the graph that may be in an answer.
    func measureIsolated(k: Int, _ scorer: DistanceScorer, into measured: inout [Neighbor]) {
        guard !isolated.isEmpty else { return }
        let hidden = hidden
        let rows = hidden.isEmpty ? isolated : isolated.filter { !hidden.contains($0) }
        measureIsolated(rows, k: k, scorer, into: &measured)
    }

    /// Measures some of the rows outside the graph.
    func measureIsolated(
        _ rows: [UInt32], k: Int, _ scorer: DistanceScorer, into measured: inout [Neighbor]
    ) {
        // Zero vectors are all as far.
        let rows = metric == .cosine ? Array(rows.prefix(k)) : rows
        guard !rows.isEmpty else { return }
        measured.reserveCapacity(measured.count + rows.count)
        unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: rows.count) { distances in
            guard let start = distances.baseAddress else { return }
            unsafe scorer.score(rows: rows, count: rows.count, into: start)
            for (place, row) in rows.enumerated() {
                unsafe measured.append(
                    Neighbor(row: RowID(rawValue: row), distance: distances[place]))
            }
        }
    }

    /// The `k` nearest of rows that have been measured, by distances in double precision, ties by row.
    func nearest(_ measured: inout [Neighbor], k: Int, _ query: PreparedQuery) -> [Neighbor] {
        measured.sort()
        var end = min(k, measured.count)
        guard end > 0 else { return [] }
        let edge = measured[end - 1].distance
        let bound = edge + abs(edge) * Self.rounding
        while end < measured.count, measured[end].distance <= bound { end += 1 }
        return measured[..<end]
            .map { (row: $0.row, distance: preciseDistance(query, $0.row.rawValue)) }
            .sorted { ($0.distance, $0.row) < ($1.distance, $1.row) }
            .prefix(k)
            .map { Neighbor(row: $0.row, distance: Float($0.distance)) }
    }
}

/// The `k` smallest distances so far.
private struct NearestDistances {
    private let k: Int
    private var sorted: [Float] = []

    init(k: Int) {
        self.k = k
        sorted.reserveCapacity(min(k, 256))
    }

    var isFull: Bool { sorted.count == k }
    /// The largest of them; infinite while there are fewer.
    var worst: Float { isFull ? sorted[k - 1] : .infinity }

    mutating func insert(_ distance: Float) {
        guard distance < worst || !isFull else { return }
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] <= distance { low = middle + 1 } else { high = middle }
        }
        if isFull { sorted.removeLast() }
        sorted.insert(distance, at: low)
    }
}
