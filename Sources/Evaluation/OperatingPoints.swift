public import VectorCore

/// What one setting of an index's search parameter gave.
public struct OperatingPoint: Hashable, Sendable {
    /// The parameter's value, such as efSearch; nil where the kind has none.
    public let parameter: Int?
    /// The mean recall, from 0 to 1.
    public let recall: Double
    /// How many queries were answered in a second.
    public let queriesPerSecond: Double
    /// How long single queries took; nil where they were answered in batches.
    public let latency: LatencySummary?

    /// Makes a point.
    public init(
        parameter: Int?, recall: Double, queriesPerSecond: Double, latency: LatencySummary? = nil
    ) {
        self.parameter = parameter
        self.recall = recall
        self.queriesPerSecond = queriesPerSecond
        self.latency = latency
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

    /// The point with the most queries a second among those whose recall is at least `recall`.
    ///
    /// - Returns: nil where no setting reaches it.
    public func at(recall: Double) -> OperatingPoint? {
        points.filter { $0.recall >= recall }
            .max { $0.queriesPerSecond < $1.queriesPerSecond }
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

extension OperatingPoints {
    /// Measures recall, queries a second and latency for each setting, one query after another.
    ///
    /// Every setting answers all queries `repetitions` times and the fastest pass is taken, so that
    /// the first touch of memory and what else the machine does count least.
    ///
    /// - Parameters:
    ///   - name: what is measured.
    ///   - parameters: the settings in the order of the sweep; `[nil]` for a kind without one.
    ///   - truth: the exact answers.
    ///   - k: at most the truth's own.
    ///   - repetitions: how many passes a setting, at least 1.
    ///   - clock: seconds on a clock that never goes back.
    ///   - exactDistance: as `GroundTruth.recall` takes it.
    ///   - search: answers a query with `k` results, as many as it is asked for.
    /// - Throws: what `search` throws, and ``EvaluationError`` where there are no queries, or `k`
    ///   is out of range.
    public static func measure(
        name: String, parameters: [Int?], truth: GroundTruth, k: Int, repetitions: Int = 3,
        clock: () -> Double, exactDistance: (_ query: Int, _ row: RowID) -> Float,
        search: (_ query: Int, _ k: Int, _ parameter: Int?) throws -> [Neighbor]
    ) throws -> OperatingPoints {
        try measure(
            name: name, parameters: parameters, truth: truth, k: k, repetitions: repetitions,
            exactDistance: exactDistance
        ) { parameter in
            var answers: [[Neighbor]] = []
            var times: [Double] = []
            answers.reserveCapacity(truth.count)
            times.reserveCapacity(truth.count)
            let start = clock()
            var before = start
            for query in 0..<truth.count {
                try answers.append(
                    search(query, truth.resultsToAsk(query: query, k: k), parameter))
                let after = clock()
                times.append(after - before)
                before = after
            }
            return Pass(answers: answers, seconds: before - start, times: times)
        }
    }

    /// Measures recall and queries a second for each setting, all queries in one call.
    ///
    /// - Parameters:
    ///   - name: what is measured.
    ///   - parameters: the settings in the order of the sweep; `[nil]` for a kind without one.
    ///   - truth: the exact answers.
    ///   - k: at most the truth's own.
    ///   - repetitions: how many passes a setting, at least 1; the fastest is taken.
    ///   - clock: seconds on a clock that never goes back.
    ///   - exactDistance: as `GroundTruth.recall` takes it.
    ///   - searchBatch: answers all queries, in order, with `k` results each, as many as it is
    ///     asked for.
    /// - Throws: as for single queries.
    public static func measureBatches(
        name: String, parameters: [Int?], truth: GroundTruth, k: Int, repetitions: Int = 3,
        clock: () -> Double, exactDistance: (_ query: Int, _ row: RowID) -> Float,
        searchBatch: (_ k: Int, _ parameter: Int?) throws -> [[Neighbor]]
    ) throws -> OperatingPoints {
        let most = (0..<truth.count).map { truth.resultsToAsk(query: $0, k: k) }.max() ?? k
        return try measure(
            name: name, parameters: parameters, truth: truth, k: k, repetitions: repetitions,
            exactDistance: exactDistance
        ) { parameter in
            let start = clock()
            let answers = try searchBatch(most, parameter)
            return Pass(answers: answers, seconds: clock() - start, times: [])
        }
    }

    /// All queries answered once.
    private struct Pass {
        let answers: [[Neighbor]]
        let seconds: Double
        let times: [Double]
    }

    private static func measure(
        name: String, parameters: [Int?], truth: GroundTruth, k: Int, repetitions: Int,
        exactDistance: (_ query: Int, _ row: RowID) -> Float, pass: (Int?) throws -> Pass
    ) throws -> OperatingPoints {
        guard truth.count > 0 else {
            throw EvaluationError("There are no queries to measure with.")
        }
        let points = try parameters.map { parameter in
            var fastest = try pass(parameter)
            for _ in 1..<max(1, repetitions) {
                let next = try pass(parameter)
                if next.seconds < fastest.seconds { fastest = next }
            }
            let recall = try truth.recall(
                of: fastest.answers, at: k, exactDistance: exactDistance)
            return OperatingPoint(
                parameter: parameter, recall: recall.mean,
                queriesPerSecond: Double(truth.count) / max(fastest.seconds, 1e-9),
                latency: LatencySummary(fastest.times))
        }
        return OperatingPoints(name: name, points: points)
    }
}
