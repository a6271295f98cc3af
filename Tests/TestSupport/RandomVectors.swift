public import VectorCore

/// Runs a body once for every seed; the body gets the seed to name it in what it expects.
public func withEverySeed(
    _ seeds: Range<UInt64> = 0..<8, _ body: (inout SplitMix64, UInt64) throws -> Void
) rethrows {
    for seed in seeds {
        var generator = SplitMix64(seed: seed)
        try body(&generator, seed)
    }
}

/// Random vectors of roughly normal numbers: sums of twelve uniform ones.
public func randomVectors(
    _ count: Int, dimension: Int, using generator: inout SplitMix64
) -> [[Float]] {
    (0..<count).map { _ in
        (0..<dimension).map { _ in
            (0..<12).reduce(Float(-6)) { sum, _ in sum + Float.random(in: 0..<1, using: &generator)
            }
        }
    }
}

/// Vectors about centres that are the same for every generator, as real ones lie: those that lie anywhere have
/// no neighbours to speak of.
///
/// - Parameter noise: how far from the centres, which are about √dimension long.
public func groupedVectors(
    _ count: Int, dimension: Int, groups: Int, noise: Float, using generator: inout SplitMix64
) -> [[Float]] {
    var fixed = SplitMix64(seed: 3)
    let centers = randomVectors(groups, dimension: dimension, using: &fixed)
    return randomVectors(count, dimension: dimension, using: &generator).map { vector in
        let center = centers[Int.random(in: 0..<groups, using: &generator)]
        return zip(center, vector).map { $0 + noise * $1 }
    }
}
