import VectorCore
import VectorKernels

/// From candidates, which the graph finds by codes or in single precision, to answers.
extension HNSWIndex {
    /// At least so many candidates are measured beyond those wanted.
    private static let leastSpare = 3
    /// And at least such a share of those wanted.
    private static let spareShare = 4
    /// Distances in single precision may be off by this share of themselves.
    private static let rounding: Float = 1e-5
    /// Copies of one vertex that are measured beyond those wanted where only their codes are known to be equal.
    private static let spareCopies = 64

    /// How many of the nearest by codes are kept of a scan for `k` results: more than are ever measured, unless codes
    /// misplace neighbours by far.
    static func candidates(for k: Int) -> Int { 2 * k + 16 }

    /// Measures the candidates that a walk has left in the beam, as far as they may be in the answer.
    ///
    /// - Returns: for how many rows a distance was asked.
    /// - Throws: ``IndexError`` as ``read(_:_:)`` does.
    func measureCandidates(
        of scratch: SearchScratch, _ query: PreparedQuery, into nearest: inout NearestRows
    ) throws(IndexError) -> Int {
        let hidden = hidden
        guard codes != nil else {
            return take(scratch.beam, query, into: &nearest) { !hidden.contains($0) }
        }
        prefetchFirst(of: scratch.beam)
        var candidates: [UInt32] = []
        swap(&candidates, &scratch.candidates)
        defer { swap(&candidates, &scratch.candidates) }
        scratch.beam.copyRows(to: &candidates)
        return try measure(candidates, query, into: &nearest, scratch) { !hidden.contains($0) }
    }

    /// Asks for the first vectors that are going to be measured, while what comes before that is done.
    private func prefetchFirst(of beam: borrowing Beam) {
        guard keepsVectors else { return }
        let bytes = min(4 * dimension, Self.prefetchedBytes)
        for rank in 0..<min(Self.prefetchedRows, beam.count) {
            let vector = unsafe UnsafeRawPointer(vectors.pointer(row: Int(beam[rank].row)))
            for place in stride(from: 0, to: bytes, by: 64) { unsafe prefetch(vector + place) }
        }
    }

    private static let prefetchedRows = 3
    private static let prefetchedBytes = 2048

    /// Measures candidates by the vectors, until the last few are not among the nearest.
    ///
    /// Codes misplace neighbours, the more the nearer those are to each other. So the rule asks what measuring
    /// has changed: it goes on as long as what it measures last belongs to the answer.
    ///
    /// - Parameters:
    ///   - candidates: vertices, nearest by codes first.
    ///   - nearest: gets the nearest; those outside the graph are there before.
    ///   - scratch: memory that this search has.
    ///   - shows: whether a row may be in the answer.
    /// - Returns: for how many rows a distance was asked.
    /// - Throws: ``IndexError`` as ``read(_:_:)`` does.
    func measure(
        _ candidates: [UInt32], _ query: PreparedQuery, into nearest: inout NearestRows,
        _ scratch: SearchScratch, shows: (UInt32) -> Bool
    ) throws(IndexError) -> Int {
        let spare = max(Self.leastSpare, nearest.k / Self.spareShare)
        var size = nearest.k + spare
        var block: [UInt32] = []
        swap(&block, &scratch.block)
        defer { swap(&block, &scratch.block) }
        var (rank, asked) = (0, 0)
        while rank < candidates.count {
            block.removeAll(keepingCapacity: true)
            while rank < candidates.count, block.count < size {
                let vertex = candidates[rank]
                rank += 1
                if shows(vertex) || hasShownCopy(vertex, shows) { block.append(vertex) }
            }
            guard !block.isEmpty else { break }
            let (rows, last) =
                keepsVectors
                ? measure(block, spare, query, into: &nearest, shows)
                : try measureReading(block, spare, query, into: &nearest, shows)
            asked += rows
            if nearest.isFull, last > nearest.worst { break }
            size = spare
        }
        return asked
    }

    /// Measures some vertices, whose copies are at the same distance.
    ///
    /// - Returns: how many rows there are, and the smallest distance of the last `spare` vertices.
    private func measure(
        _ block: [UInt32], _ spare: Int, _ query: PreparedQuery,
        into nearest: inout NearestRows, _ shows: (UInt32) -> Bool
    ) -> (rows: Int, last: Double) {
        withPreciseDistances(query, block) { distances in
            var rows = 0
            var last = Double.infinity
            for (place, vertex) in block.enumerated() {
                rows += offer(vertex, at: distances[place], to: &nearest, shows)
                if place >= block.count - spare { last = min(last, distances[place]) }
            }
            return (rows, last)
        }
    }

    /// The same where vectors are kept elsewhere: copies have equal codes, and each is measured.
    private func measureReading(
        _ block: [UInt32], _ spare: Int, _ query: PreparedQuery, into nearest: inout NearestRows,
        _ shows: (UInt32) -> Bool
    ) throws(IndexError) -> (rows: Int, last: Double) {
        var rows: [UInt32] = []
        var firstOfLast = 0
        for (place, vertex) in block.enumerated() {
            if place == max(0, block.count - spare) { firstOfLast = rows.count }
            if shows(vertex) { rows.append(vertex) }
            guard !equals.pairs.isEmpty else { continue }
            var room = nearest.k + Self.spareCopies
            for copy in equals.copies(of: vertex) where shows(copy) {
                guard room > 0 else { break }
                rows.append(copy)
                room -= 1
            }
        }
        var last = Double.infinity
        unsafe try read(rows) { place, vector in
            let distance = unsafe preciseDistance(query, to: vector)
            nearest.offer(rows[place], at: distance)
            if place >= firstOfLast { last = min(last, distance) }
        }
        return (rows.count, last)
    }

    /// Takes the first of a beam whose distances are those of the vectors, rounded.
    private func take(
        _ beam: borrowing Beam, _ query: PreparedQuery, into nearest: inout NearestRows,
        _ shows: (UInt32) -> Bool
    ) -> Int {
        var first: [UInt32] = []
        first.reserveCapacity(min(beam.count, nearest.k + 1))
        var edge = Float.infinity
        for rank in 0..<beam.count {
            let (vertex, distance) = beam[rank]
            guard !(distance > edge) else { break }
            if shows(vertex) || hasShownCopy(vertex, shows) { first.append(vertex) }
            if first.count == nearest.k, edge == .infinity { edge = Self.bound(distance) }
        }
        return measure(first, 0, query, into: &nearest, shows).rows
    }

    /// Offers a vertex and its copies, which equal it.
    private func offer(
        _ vertex: UInt32, at distance: Double, to nearest: inout NearestRows,
        _ shows: (UInt32) -> Bool
    ) -> Int {
        var rows = 0
        if shows(vertex) {
            nearest.offer(vertex, at: distance)
            rows += 1
        }
        guard !equals.pairs.isEmpty else { return rows }
        for copy in equals.copies(of: vertex) where shows(copy) {
            guard rows <= nearest.k else { break }
            nearest.offer(copy, at: distance)
            rows += 1
        }
        return rows
    }

    private func hasShownCopy(_ vertex: UInt32, _ shows: (UInt32) -> Bool) -> Bool {
        !equals.pairs.isEmpty && equals.copies(of: vertex).contains(where: shows)
    }

    /// Measures rows outside the graph that may be in the answer.
    ///
    /// - Parameter rows: ascending.
    /// - Throws: ``IndexError`` as ``read(_:_:)`` does.
    func measureIsolated(
        _ rows: [UInt32], _ query: PreparedQuery, into nearest: inout NearestRows
    ) throws(IndexError) {
        let rows = isolatedAreZero ? Array(rows.prefix(nearest.k)) : rows
        guard !rows.isEmpty else { return }
        guard keepsVectors else {
            return unsafe try read(rows) { place, vector in
                nearest.offer(rows[place], at: unsafe preciseDistance(query, to: vector))
            }
        }
        let first = rows.count > nearest.k ? roughlyNearest(rows, nearest.k, query) : rows
        _ = measure(first, 0, query, into: &nearest) { _ in true }
    }

    /// The rows among which the `k` nearest of many are, by distances in single precision.
    private func roughlyNearest(_ rows: [UInt32], _ k: Int, _ query: PreparedQuery) -> [UInt32] {
        let kernel = DistanceKernel(metric.ofNormalized)
        let scorer = unsafe DistanceScorer(kernel, query: query.numbers, vectors: vectors)
        let distances = unsafe [Float](unsafeUninitializedCapacity: rows.count) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            unsafe scorer.score(rows: rows, count: rows.count, into: start)
            count = rows.count
        }
        // Sorting a thousand would take longer than measuring them.
        var nearest = TopK(k: k)
        for (row, distance) in zip(rows, distances) where distance <= nearest.worst {
            nearest.offer(Neighbor(row: RowID(rawValue: row), distance: distance))
        }
        let edge = Self.bound(nearest.worst)
        return zip(rows, distances).filter { !($1 > edge) }.map(\.0)
    }

    /// What no distance exceeds, in single precision, that is at most a given one.
    private static func bound(_ distance: Float) -> Float { distance + abs(distance) * rounding }
}
