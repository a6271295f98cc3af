/// How long single queries took, in seconds.
public struct LatencySummary: Hashable, Sendable {
    /// The mean.
    public let mean: Double
    /// Half of the queries took at most this.
    public let p50: Double
    /// 95 of 100 queries took at most this.
    public let p95: Double
    /// 99 of 100 queries took at most this.
    public let p99: Double

    /// Summarises times in seconds; nil where there are none.
    ///
    /// - Complexity: O(n log n)
    public init?(_ seconds: [Double]) {
        let sorted = seconds.sorted()
        guard let p50 = percentile(50, ofSorted: sorted),
            let p95 = percentile(95, ofSorted: sorted), let p99 = percentile(99, ofSorted: sorted)
        else { return nil }
        self.mean = sorted.reduce(0, +) / Double(sorted.count)
        self.p50 = p50
        self.p95 = p95
        self.p99 = p99
    }
}

/// The smallest of the values that at least `percent` of them do not exceed (the nearest rank).
///
/// - Parameters:
///   - percent: from 0, the smallest value, to 100, the largest.
///   - values: in ascending order.
/// - Returns: nil where there are no values.
public func percentile(_ percent: Double, ofSorted values: [Double]) -> Double? {
    precondition(percent >= 0 && percent <= 100)
    guard !values.isEmpty else { return nil }
    // Multiplied before it is divided, so that 95 % of 20 is 19 and not a little more.
    let rank = Int((percent * Double(values.count) / 100).rounded(.up))
    return values[max(1, rank) - 1]
}
