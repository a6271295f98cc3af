import VectorCore
import VectorKernels

/// The rows that may be among the k nearest of one query, as far as single precision can tell.
///
/// Scores come in blocks. Only what is at most the cut is taken in; when enough has come together
/// the k-th smallest score is found and the cut is drawn anew.
struct CandidateList {
    private let k: Int
    private let bound: RoundingBound
    /// Rows that are not taken in.
    private let hidden: RowSet
    private var scores: [Float] = []
    private var storedRows: [UInt32] = []
    private var count = 0
    private var limit: Int
    private var cut = Float.infinity

    /// Scores taken at once while everything would be taken in.
    private static let firstPiece = 256
    /// Candidates beyond 2 k that are kept in memory.
    private static let most = 2048
    /// What `vk_select` may write beyond what it finds.
    private static let slack = 16

    init(k: Int, bound: RoundingBound, hidden: RowSet) {
        self.k = k
        self.bound = bound
        self.hidden = hidden
        limit = k + Self.firstPiece
    }

    /// The candidates, in no order.
    var rows: ArraySlice<UInt32> { storedRows[..<count] }

    /// Takes in what qualifies of a block of scores.
    ///
    /// - Parameter distance: decides about a row, should too many look alike.
    mutating func take(
        _ block: ScoreBlock, _ kernel: DistanceKernel, distance: (_ row: UInt32) -> Double
    ) {
        let total = unsafe block.count
        var start = 0
        while start < total {
            let rest = total - start
            let piece = cut == .infinity ? min(Self.firstPiece, rest) : rest
            makeRoom(count + piece + Self.slack)
            let found = unsafe storedRows.withUnsafeMutableBufferPointer { rows in
                unsafe scores.withUnsafeMutableBufferPointer { scores in
                    guard let rows = rows.baseAddress, let scores = scores.baseAddress else {
                        return 0
                    }
                    return unsafe kernel.select(
                        block.values + start, scales: block.scales.map { unsafe $0 + start },
                        offsets: block.offsets.map { unsafe $0 + start }, count: piece,
                        atMost: cut, first: UInt32(block.firstRow + start),
                        positions: rows + count, kept: scores + count)
                }
            }
            count = hidden.isEmpty ? count + found : shown(of: found)
            start += piece
            if count >= limit { prune() }
            if count >= Self.most + 2 * k { settle(distance) }
        }
    }

    /// Drops hidden rows from those that have just been found, and returns how many there are now.
    private mutating func shown(of found: Int) -> Int {
        var kept = count
        for index in count..<count + found where !hidden.contains(storedRows[index]) {
            scores[kept] = scores[index]
            storedRows[kept] = storedRows[index]
            kept += 1
        }
        return kept
    }

    /// Drops what cannot be among the k nearest of all rows seen so far.
    ///
    /// - Complexity: O(candidates) on average
    mutating func prune() {
        guard count > k else { return }
        cut = min(cut, bound.cut(kthSmallestScore()))
        var kept = 0
        for index in 0..<count where scores[index] <= cut {
            scores[kept] = scores[index]
            storedRows[kept] = storedRows[index]
            kept += 1
        }
        count = kept
        limit = 2 * count + Self.firstPiece / 2
    }

    /// Keeps the k nearest by their true distances: many rows are alike, and memory is bounded.
    private mutating func settle(_ distance: (_ row: UInt32) -> Double) {
        let nearest = (0..<count)
            .map { (distance: distance(storedRows[$0]), row: storedRows[$0], score: scores[$0]) }
            .sorted { ($0.distance, $0.row) < ($1.distance, $1.row) }
            .prefix(k)
        for (index, candidate) in nearest.enumerated() {
            storedRows[index] = candidate.row
            scores[index] = candidate.score
        }
        count = nearest.count
        limit = 2 * count + Self.firstPiece / 2
    }

    private mutating func makeRoom(_ capacity: Int) {
        guard scores.count < capacity else { return }
        let added = max(capacity, 2 * scores.count) - scores.count
        scores.append(contentsOf: repeatElement(0, count: added))
        storedRows.append(contentsOf: repeatElement(0, count: added))
    }

    /// Hoare's selection on a copy of the scores.
    private func kthSmallestScore() -> Float {
        unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { copy in
            for index in 0..<count { unsafe copy[index] = scores[index] }
            var low = 0
            var high = count - 1
            while low < high {
                let pivot = unsafe copy[(low + high) / 2]
                var left = low
                var right = high
                while left <= right {
                    while unsafe copy[left] < pivot { left += 1 }
                    while unsafe copy[right] > pivot { right -= 1 }
                    if left <= right {
                        unsafe copy.swapAt(left, right)
                        left += 1
                        right -= 1
                    }
                }
                if k - 1 <= right {
                    high = right
                } else if k - 1 >= left {
                    low = left
                } else {
                    break
                }
            }
            return unsafe copy[k - 1]
        }
    }
}

/// Scores of consecutive rows: `values[i] * scales[i] + offsets[i]`.
@unsafe
struct ScoreBlock {
    /// What the scores are made of, one a row.
    let values: UnsafePointer<Float>
    /// Factors of the values, or nil for 1.
    let scales: UnsafePointer<Float>?
    /// What is added to them, or nil for 0.
    let offsets: UnsafePointer<Float>?
    /// How many rows.
    let count: Int
    /// The row of the first value.
    let firstRow: Int
}
