/// How many of some points a filter lets through, as far as is known without looking at them.
public struct MatchEstimate: Hashable, Sendable {
    /// At least so many.
    public var least: Int
    /// About so many.
    public var expected: Double
    /// At most so many.
    public var most: Int

    /// Makes an estimate; what is expected is brought between the bounds.
    public init(least: Int, expected: Double, most: Int) {
        self.least = least
        self.most = max(least, most)
        self.expected = min(max(expected, Double(self.least)), Double(self.most))
    }

    /// An estimate that is certain.
    public static func exactly(_ count: Int) -> MatchEstimate {
        MatchEstimate(least: count, expected: Double(count), most: count)
    }

    /// Nothing is known: half of the points are as good a guess as any.
    static func unknown(of total: Int) -> MatchEstimate {
        MatchEstimate(least: 0, expected: Double(total) / 2, most: total)
    }

    func inverted(of total: Int) -> MatchEstimate {
        MatchEstimate(
            least: total - min(total, most), expected: Double(total) - expected,
            most: total - min(total, least))
    }
}

extension PayloadFilter {
    /// Estimates how many of `total` points match, from what is known of single conditions.
    ///
    /// Conditions are taken as independent of each other, as far as the bounds allow.
    ///
    /// - Parameters:
    ///   - total: how many points there are.
    ///   - known: what is known of a condition that is no filter, or nil.
    /// - Complexity: O(conditions²) where there is a `min_should`, else O(conditions)
    public func estimate<E: Error>(
        of total: Int, _ known: (FilterCondition) throws(E) -> MatchEstimate?
    ) throws(E) -> MatchEstimate {
        func share(_ estimate: MatchEstimate) -> Double {
            total == 0 ? 0 : estimate.expected / Double(total)
        }
        func estimates(_ conditions: [FilterCondition]) throws(E) -> [MatchEstimate] {
            var estimates: [MatchEstimate] = []
            for condition in conditions {
                if case .filter(let filter) = condition {
                    estimates.append(try filter.estimate(of: total, known))
                } else {
                    estimates.append(try known(condition) ?? .unknown(of: total))
                }
            }
            return estimates
        }
        var joined = try estimates(must)
        joined += try estimates(mustNot).map { $0.inverted(of: total) }
        if !should.isEmpty {
            joined.append(Self.atLeast(1, of: try estimates(should), total, share))
        }
        if let minShould {
            let parts = try estimates(minShould.conditions)
            joined.append(Self.atLeast(minShould.minCount, of: parts, total, share))
        }
        let missing = joined.reduce(0) { $0 + (total - $1.least) }
        return MatchEstimate(
            least: max(0, total - missing),
            expected: joined.reduce(Double(total)) { $0 * share($1) },
            most: joined.map(\.most).min() ?? total)
    }

    /// That at least some number of conditions hold.
    private static func atLeast(
        _ wanted: Int, of parts: [MatchEstimate], _ total: Int,
        _ share: (MatchEstimate) -> Double
    ) -> MatchEstimate {
        guard wanted > 0 else { return .exactly(total) }
        guard wanted <= parts.count else { return .exactly(0) }
        // The distribution of how many hold, those from `wanted` on counted together.
        var chances = [Double](repeating: 0, count: wanted + 1)
        chances[0] = 1
        for part in parts {
            let chance = share(part)
            chances[wanted] += chances[wanted - 1] * chance
            for held in stride(from: wanted - 1, through: 0, by: -1) {
                chances[held] =
                    chances[held] * (1 - chance) + (held > 0 ? chances[held - 1] * chance : 0)
            }
        }
        let most = parts.reduce(0) { $0 + $1.most } / wanted
        return MatchEstimate(
            least: wanted == 1 ? parts.map(\.least).max() ?? 0 : 0,
            expected: chances[wanted] * Double(total), most: min(total, most))
    }
}
