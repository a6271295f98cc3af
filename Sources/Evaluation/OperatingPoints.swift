/// What one setting of an index's search parameter gave.
public struct OperatingPoint: Hashable, Sendable {
    /// The parameter's value, such as efSearch; nil where the kind has none.
    public let parameter: Int?
    /// The mean recall, from 0 to 1.
    public let recall: Double
    /// How many queries were answered in a second.
    public let queriesPerSecond: Double

    /// Makes a point.
    public init(parameter: Int?, recall: Double, queriesPerSecond: Double) {
        self.parameter = parameter
        self.recall = recall
        self.queriesPerSecond = queriesPerSecond
    }
}

/// What a sweep of an index's search parameter gave.
public struct OperatingPoints: Sendable {
    /// What was measured, such as `hnsw`; legends name it so.
    public let name: String
    /// One point a setting, in the order of the sweep.
    public let points: [OperatingPoint]

    /// Names some points.
    public init(name: String, points: [OperatingPoint]) {
        self.name = name
        self.points = points
    }

    /// The points that no other beats in recall without being slower, by ascending recall.
    public var front: [OperatingPoint] {
        var fastest = -Double.infinity
        var front: [OperatingPoint] = []
        let descending = points.sorted {
            ($0.recall, $0.queriesPerSecond) > ($1.recall, $1.queriesPerSecond)
        }
        for point in descending where point.queriesPerSecond > fastest {
            fastest = point.queriesPerSecond
            front.append(point)
        }
        return front.reversed()
    }
}
