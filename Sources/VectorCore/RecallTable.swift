import Glibc

/// How large a share of the true neighbours searches found, by setting: the operating points of an index.
///
/// The queries were not in the index when it answered, since those that are in it are easier to find than
/// what users ask for.
public struct RecallTable: Hashable, Sendable {
    /// Where the queries came from.
    public enum Source: String, CaseIterable, Hashable, Sendable {
        /// A random sample of the vectors stayed out of the build until it had been measured.
        case heldOut
        /// A random sample of the vectors that were there after many had changed was left out of what answered.
        case changes
        /// The user gave them.
        case queries
    }

    /// What was measured with one setting for one number of neighbours.
    public struct Point: Hashable, Sendable {
        /// The mean over the queries, from 0 to 1.
        public let recall: Double
        /// Its standard error.
        public let error: Double
        /// How many queries were asked.
        public let queryCount: Int

        /// Makes a point.
        public init(recall: Double, error: Double, queryCount: Int) {
            self.recall = recall
            self.error = error
            self.queryCount = queryCount
        }

        /// One standard error below the mean.
        ///
        /// A mean of 1 has no spread, nor has one query; then it is one query below.
        public var lowerBound: Double {
            let hasSpread = recall < 1 && queryCount > 1
            return max(0, recall - (hasSpread ? error : 1 / Double(max(1, queryCount))))
        }
    }

    /// Where the queries came from.
    public let source: Source
    /// How many vectors the index had when it was measured.
    public let count: Int
    /// How many of the user's queries were vectors of the index, which are easier to find than new ones.
    public let seenCount: Int
    /// For how many neighbours it was measured, ascending.
    public let neighborCounts: [Int]
    /// The settings that were measured, ascending, such as efSearch.
    public let settings: [Int]
    /// Shape (settings, neighbour counts); nil where a setting is below the number of neighbours, or a smaller
    /// one left nothing to find.
    public let points: [[Point?]]

    /// Makes a table.
    ///
    /// - Precondition: counts and settings ascend; there is a row of points a setting, and a point a count.
    public init(
        source: Source, count: Int, seenCount: Int = 0, neighborCounts: [Int], settings: [Int],
        points: [[Point?]]
    ) {
        precondition(points.count == settings.count)
        precondition(points.allSatisfy { $0.count == neighborCounts.count })
        self.source = source
        self.count = count
        self.seenCount = seenCount
        self.neighborCounts = neighborCounts
        self.settings = settings
        self.points = points
    }

    /// How many queries were asked at most.
    public var queryCount: Int {
        points.joined().compactMap { $0?.queryCount }.max() ?? 0
    }

    /// The smallest setting with which at least a recall is to be expected.
    ///
    /// The lower bounds of the points decide. Between two settings the logarithm of what is missed is taken to
    /// fall evenly with that of the setting, and between two numbers of neighbours the logarithm of the setting to
    /// grow with theirs; beyond the largest it grows as they do. In an index of more vectors than were measured it
    /// is larger; a search of twice as many has to look a little harder for the same recall.
    ///
    /// - Parameters:
    ///   - recall: above 0 and at most 1.
    ///   - k: how many neighbours, at least 1.
    ///   - count: how many vectors the index has now; nil for as many as were measured.
    /// - Returns: at least `k`; nil where no setting that was measured reaches it.
    public func setting(reaching recall: Double, k: Int, count: Int? = nil) -> Int? {
        guard let smallest = exactSetting(reaching: recall, k: k) else { return nil }
        let growth = count.map { self.growth(to: $0) } ?? 1
        // At the least settings a whole step is much, and what growth adds is rounded as usual.
        return max(k, whole(smallest, recall, k: k), Int((smallest * growth).rounded()))
    }

    /// A setting rounded up; or down where the mean allows it and a step is larger than the doubt, which is how far the
    /// mean lies above the lower bound.
    private func whole(_ setting: Double, _ recall: Double, k: Int) -> Int {
        let (less, more) = (Int(setting), Int(setting.rounded(.up)))
        guard less >= k, let low = self.recall(at: less, k: k),
            let high = self.recall(at: more, k: k),
            low >= recall, low - recall < (Double(more) - setting) * (high - low)
        else { return more }
        return less
    }

    /// The same, not rounded, which may be below `k`.
    private func exactSetting(reaching recall: Double, k: Int) -> Double? {
        guard let last = neighborCounts.indices.last else { return nil }
        let above = neighborCounts.firstIndex { $0 >= k } ?? last
        guard let high = setting(reaching: recall, at: above) else { return nil }
        let highCount = Double(neighborCounts[above])
        guard k < neighborCounts[above], above > 0,
            let low = setting(reaching: recall, at: above - 1)
        else {
            return high * max(1, Double(k) / highCount)
        }
        let lowCount = Double(neighborCounts[above - 1])
        let part = log(Double(k) / lowCount) / log(highCount / lowCount)
        return low * pow(high / low, part)
    }

    /// The factor by which a setting grows in an index of more vectors than were measured.
    ///
    private func growth(to count: Int) -> Double {
        1 + 0.3 * log2(max(1, Double(count) / Double(max(1, self.count))))
    }

    /// The recall that is to be expected with a setting, for queries like those that were asked.
    ///
    /// It is read from the table as ``setting(reaching:k:count:)`` reads it, but from the means, not from their lower
    /// bounds.
    ///
    /// - Parameters:
    ///   - setting: such as efSearch, at least 1; below `k` it is as `k`, as a search keeps so many.
    ///   - k: how many neighbours, at least 1.
    /// - Returns: nil where nothing was measured.
    /// - Complexity: O(settings)
    public func recall(at setting: Int, k: Int) -> Double? {
        guard setting >= 1, k >= 1, let last = neighborCounts.indices.last else { return nil }
        let above = neighborCounts.firstIndex { $0 >= k } ?? last
        func missed(at column: Int) -> Double? {
            let scaled = Double(max(setting, k)) * Double(neighborCounts[column]) / Double(k)
            return self.missed(at: scaled, column)
        }
        guard k < neighborCounts[above], above > 0, let low = missed(at: above - 1) else {
            return missed(at: above).map { 1 - $0 }
        }
        guard let high = missed(at: above) else { return 1 - low }
        let lowCount = Double(neighborCounts[above - 1])
        let part = log(Double(k) / lowCount) / log(Double(neighborCounts[above]) / lowCount)
        guard low > 0 || high > 0 else { return 1 }
        let (from, to) = (max(low, Self.leastMissed), max(high, Self.leastMissed))
        return 1 - from * pow(to / from, part)
    }

    /// What is missed with a setting for one of the measured numbers of neighbours.
    ///
    /// Below the first setting that was measured it goes on as between the first two; above the last, where
    /// nearly all was found, it is as there.
    private func missed(at setting: Double, _ column: Int) -> Double? {
        let known = zip(settings, points).compactMap { setting, row in
            row[column].map { (setting: Double(setting), missed: max(0, 1 - $0.recall)) }
        }
        guard let last = known.last else { return nil }
        guard known.count > 1, setting < last.setting else { return last.missed }
        let high = max(1, known.firstIndex { $0.setting >= setting } ?? 1)
        let (left, right) = (known[high - 1], known[high])
        if setting == right.setting { return right.missed }
        if setting == left.setting { return left.missed }
        let part = log(setting / left.setting) / log(right.setting / left.setting)
        let (from, to) = (max(left.missed, Self.leastMissed), max(right.missed, Self.leastMissed))
        return min(1, from * pow(to / from, part))
    }

    /// The best recall that was measured for about `k` neighbours, and its setting.
    public func best(k: Int) -> (recall: Double, setting: Int)? {
        guard let last = neighborCounts.indices.last else { return nil }
        let column = neighborCounts.firstIndex { $0 >= k } ?? last
        return zip(settings, points).compactMap { setting, row in
            row[column].map { (recall: $0.lowerBound, setting: setting) }
        }
        .max { ($0.recall, $1.setting) < ($1.recall, $0.setting) }
    }

    /// The setting for one of the measured numbers of neighbours, not rounded.
    private func setting(reaching recall: Double, at column: Int) -> Double? {
        let known = zip(settings, points).compactMap { setting, row in
            row[column].map { point in
                (
                    setting: Double(setting), recall: point.recall,
                    missed: max(1 - point.lowerBound, Self.leastMissed)
                )
            }
        }
        let wanted = max(1 - recall, Self.leastMissed)
        if let place = known.firstIndex(where: {
            // What can hardly be told from nothing is not nothing.
            $0.missed <= wanted && $0.recall >= recall
        }) {
            let found = known[place].setting
            // A search keeps as many as it gives; where that is more than enough, it goes on below as between
            // the first two.
            let isBelow = place == 0 && found == Double(neighborCounts[column])
            guard place > 0 || isBelow, known.count > 1 else { return found }
            let (low, high) = (known[max(0, place - 1)], known[max(1, place)])
            guard low.missed > high.missed else { return found }
            let part = log(low.missed / wanted) / log(low.missed / high.missed)
            return low.setting
                * pow(high.setting / low.setting, isBelow ? max(-1, part) : max(0, part))
        }
        // A sample of this size cannot tell more; a smaller one tells too little.
        guard let last = points.lastIndex(where: { $0[column] != nil }),
            let point = points[last][column], point.recall >= recall,
            point.queryCount >= Self.enoughQueries
        else { return nil }
        return Double(settings[last])
    }

    /// Fewer queries cannot show the largest recalls.
    private static let enoughQueries = 100

    /// What cannot be told from nothing.
    private static let leastMissed = 1e-4
}
