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
    /// Shape (settings, neighbour counts); nil where a setting counts candidates and is below the number of
    /// neighbours, or a smaller one left nothing to find.
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

    /// Whether settings count candidates, of which a search keeps at least `k`: then nothing was measured with fewer,
    /// and else the smallest setting was measured for all numbers of neighbours.
    var countsCandidates: Bool {
        guard let smallest = settings.first, let row = points.first else { return true }
        return !zip(neighborCounts, row).contains { $0 > smallest && $1 != nil }
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
}
