import Foundation
public import VectorCore

/// Exact answers in double precision, written as the definitions are, for indexes to be held to.
public struct ReferenceSearch: Sendable {
    /// What distances mean.
    public let metric: DistanceMetric
    /// The vectors, one a row.
    public let vectors: [[Float]]
    /// The vectors at length 1, under cosine.
    private let normalized: [[Float]]

    /// Makes a reference over vectors.
    public init(_ vectors: [[Float]], metric: DistanceMetric) {
        self.metric = metric
        self.vectors = vectors
        normalized = metric == .cosine ? vectors.map(Self.normalized) : []
    }

    /// The distances of all rows from a query, as the library's metrics are documented.
    public func distances(from query: [Float]) -> [Double] {
        guard metric == .cosine else { return vectors.map { Self.distance(metric, query, $0) } }
        let query = Self.normalized(query)
        return normalized.map { Self.cosine(query, $0) }
    }

    /// How large the numbers are whose sum or difference a distance is.
    ///
    /// A distance that is a difference may be far smaller than they are, and its rounding error is
    /// in proportion to them: the product of the norms under the inner product, 1 under cosine.
    public func scale(of distance: Double, from query: [Float], to row: Int) -> Double {
        switch metric {
        case .l2, .l2Squared, .l1, .minkowski: distance
        case .cosine: 1
        case .innerProduct:
            zip(query, vectors[row]).reduce(0) { $0 + abs(Double($1.0) * Double($1.1)) }
        }
    }

    /// The distance of two vectors.
    public static func distance(
        _ metric: DistanceMetric, _ a: [Float], _ b: [Float]
    ) -> Double {
        switch metric {
        case .l2: sum(a, b) { ($0 - $1) * ($0 - $1) }.squareRoot()
        case .l2Squared: sum(a, b) { ($0 - $1) * ($0 - $1) }
        case .l1: sum(a, b) { abs($0 - $1) }
        case .minkowski(let p): minkowski(a, b, Double(p))
        case .innerProduct: -sum(a, b) { $0 * $1 }
        case .cosine: cosine(normalized(a), normalized(b))
        }
    }

    /// The root of the sum of powers, or where that is out of range, of powers of shares of the largest
    /// difference.
    private static func minkowski(_ a: [Float], _ b: [Float], _ p: Double) -> Double {
        let powers = sum(a, b) { pow(abs($0 - $1), p) }
        if powers >= 0x1p-900 && powers.isFinite { return pow(powers, 1 / p) }
        let largest = zip(a, b).map { abs(Double($0) - Double($1)) }.max() ?? 0
        guard largest > 0 else { return 0 }
        return largest * pow(sum(a, b) { pow(abs($0 - $1) / largest, p) }, 1 / p)
    }

    /// Half the squared distance of vectors of length 1, and 1 where either is zero.
    private static func cosine(_ a: [Float], _ b: [Float]) -> Double {
        guard a.contains(where: { $0 != 0 }), b.contains(where: { $0 != 0 }) else { return 1 }
        return sum(a, b) { ($0 - $1) * ($0 - $1) } / 2
    }

    /// A vector at length 1, each number rounded; one that has about that length stays as it is.
    private static func normalized(_ vector: [Float]) -> [Float] {
        let squaredNorm = sum(vector, vector) { $0 * $1 }
        guard squaredNorm > 0, abs(squaredNorm - 1) > 0x1p-22 else { return vector }
        let factor = 1 / squaredNorm.squareRoot()
        return vector.map { Float(Double($0) * factor) }
    }

    @inline(__always)
    private static func sum(
        _ a: [Float], _ b: [Float], _ term: (Double, Double) -> Double
    ) -> Double {
        precondition(a.count == b.count)
        var sum = 0.0
        for i in a.indices { sum += term(Double(a[i]), Double(b[i])) }
        return sum
    }
}

/// The share of rows whose distance is at most the true k-th nearest, k being how many there are.
///
/// - Parameters:
///   - rows: an answer.
///   - distances: the exact distances of all rows.
public func recall(of rows: [Int], distances: [Double]) -> Double {
    guard !rows.isEmpty else { return 1 }
    let bound = distances.sorted()[rows.count - 1]
    return Double(rows.count { distances[$0] <= bound }) / Double(rows.count)
}
