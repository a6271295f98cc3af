/// Measures of one ranked answer, as percentages from 0 to 100.
///
/// `hits[i]` tells whether the result of rank i + 1 is relevant, that is, of the query's class.
/// A list that is shorter than k counts as if irrelevant results followed.
public enum Relevance {
    /// The original's score: hits weighted by rank, from 1 for the first down to 1/k for the last.
    ///
    /// ConvNet Playground's "search result score": `100 · Σ wᵢ hᵢ / Σ wᵢ`, `wᵢ = (k − i + 1) / k`.
    public static func score(_ hits: some Sequence<Bool>, k: Int) -> Double {
        precondition(k >= 1)
        var weight = 0
        for (index, isHit) in hits.prefix(k).enumerated() where isHit { weight += k - index }
        return 100 * Double(weight) / Double(k * (k + 1) / 2)
    }

    /// The share of hits among the first `k` results.
    public static func precision(_ hits: some Sequence<Bool>, k: Int) -> Double {
        precondition(k >= 1)
        return 100 * Double(hits.prefix(k).count { $0 }) / Double(k)
    }

    /// The sum of the precisions at every hit among the first `k`, divided by `k`.
    ///
    /// The usual divisor is how many relevant items exist; this one is right where there are at
    /// least `k`, and then the best answer has 100.
    public static func averagePrecision(_ hits: some Sequence<Bool>, k: Int) -> Double {
        precondition(k >= 1)
        var found = 0
        var sum = 0.0
        for (index, isHit) in hits.prefix(k).enumerated() where isHit {
            found += 1
            sum += Double(found) / Double(index + 1)
        }
        return 100 * sum / Double(k)
    }

    /// One divided by the rank of the first hit among the first `k`; 0 where there is none.
    public static func reciprocalRank(_ hits: some Sequence<Bool>, k: Int) -> Double {
        precondition(k >= 1)
        for (index, isHit) in hits.prefix(k).enumerated() where isHit {
            return 100 / Double(index + 1)
        }
        return 0
    }
}
