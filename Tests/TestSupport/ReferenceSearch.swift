import Foundation
public import VectorCore

/// Exact answers in double precision, written as the definitions are, for indexes to be held to.
public struct ReferenceSearch: Sendable {
    /// What distances mean.
    public let metric: DistanceMetric
    /// The vectors, one a row.
    public let vectors: [[Float]]

    /// Makes a reference over vectors.
    public init(_ vectors: [[Float]], metric: DistanceMetric) {
        self.metric = metric
        self.vectors = vectors
    }

    /// The distances of all rows from a query, as the library's metrics are documented.
    public func distances(from query: [Float]) -> [Double] {
        vectors.map { Self.distance(metric, query, $0) }
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
        case .minkowski(let p):
            pow(sum(a, b) { pow(abs($0 - $1), Double(p)) }, 1 / Double(p))
        case .innerProduct: -sum(a, b) { $0 * $1 }
        case .cosine: cosine(a, b)
        }
    }

    private static func cosine(_ a: [Float], _ b: [Float]) -> Double {
        let norms = (sum(a, a) { $0 * $1 } * sum(b, b) { $0 * $1 }).squareRoot()
        return norms == 0 ? 1 : max(0, 1 - sum(a, b) { $0 * $1 } / norms)
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
