public import VectorCore

/// How well neighbours agree with labels: the original's score and the usual measures.
///
/// The score of a query is in ``Relevance``. The query itself must not be among its results.
public struct RelevanceScore: Sendable {
    /// One query's answer.
    public struct Query: Hashable, Sendable {
        /// The query's own class.
        public let label: String
        /// For every rank whether the result is of that class.
        public let hits: [Bool]
    }

    /// How many results are looked at.
    public let k: Int
    /// The queries in the order in which they were added.
    public private(set) var queries: [Query] = []

    /// Starts with no queries.
    ///
    /// - Parameter k: how many results are looked at, at least 1; the original's 15 by default.
    public init(k: Int = 15) {
        precondition(k >= 1)
        self.k = k
    }

    /// Adds one query.
    ///
    /// - Parameters:
    ///   - label: the query's class.
    ///   - resultLabels: the classes of its results, nearest first, the query itself left out; nil
    ///     where a result has none, which counts as another class.
    public mutating func add(label: String, resultLabels: some Sequence<String?>) {
        queries.append(Query(label: label, hits: resultLabels.prefix(k).map { $0 == label }))
    }

    /// Scores a collection whose points were each searched for among all the others.
    ///
    /// - Parameters:
    ///   - answers: for every row its nearest rows, nearest first; one more than `k` where the row
    ///     itself is among them, which is left out.
    ///   - labels: the class of every row, or nil; rows without one are not used as queries.
    ///   - k: how many results are looked at.
    /// - Throws: ``EvaluationError`` where counts do not match or an answer names no row.
    public init(
        answers: [[RowID]], labels: [String?], k: Int = 15
    ) throws(EvaluationError) {
        guard k >= 1 else { throw EvaluationError("k is \(k); look at 1 result at least.") }
        guard answers.count == labels.count else {
            throw EvaluationError("There are \(answers.count) answers for \(labels.count) labels.")
        }
        self.init(k: k)
        for (row, answer) in answers.enumerated() {
            guard answer.allSatisfy({ $0.position < labels.count }) else {
                throw EvaluationError("The answer for row \(row) names a row without a label.")
            }
            guard let label = labels[row] else { continue }
            let others = answer.filter { $0.position != row }
            add(label: label, resultLabels: others.map { labels[$0.position] })
        }
    }

    /// The measures over all queries.
    public var overall: RelevanceSummary { RelevanceSummary(queries, k: k) }

    /// The measures over the queries of each class, by name.
    public var byClass: [(label: String, summary: RelevanceSummary)] {
        Dictionary(grouping: queries, by: \.label)
            .map { ($0.key, RelevanceSummary($0.value, k: k)) }
            .sorted { $0.label < $1.label }
    }

    /// The score of every query, from 0 to 100, in the order in which they were added.
    public var scores: [Double] {
        queries.map { Relevance.score($0.hits, k: k) }
    }
}

/// The measures of a set of queries; all are percentages, from 0 to 100, and 0 without queries.
public struct RelevanceSummary: Sendable {
    /// How many results were looked at.
    public let k: Int
    /// How many queries there are.
    public let count: Int
    /// The mean of the queries' scores.
    public let meanScore: Double
    /// The lowest score.
    public let minimumScore: Double
    /// The middle score; the mean of the two middle ones where their number is even.
    public let medianScore: Double
    /// The highest score.
    public let maximumScore: Double
    /// The mean over queries of the average precision at `k`, divided by `k`.
    public let meanAveragePrecision: Double
    /// The mean over queries of the first hit's reciprocal rank.
    public let meanReciprocalRank: Double

    private let queries: [RelevanceScore.Query]

    init(_ queries: [RelevanceScore.Query], k: Int) {
        let scores = queries.map { Relevance.score($0.hits, k: k) }.sorted()
        let middle = scores.count / 2
        self.k = k
        self.queries = queries
        count = queries.count
        meanScore = Self.mean(scores)
        minimumScore = scores.first ?? 0
        maximumScore = scores.last ?? 0
        medianScore =
            scores.isEmpty
            ? 0
            : scores.count.isMultiple(of: 2)
                ? (scores[middle - 1] + scores[middle]) / 2 : scores[middle]
        meanAveragePrecision = Self.mean(
            queries.map { Relevance.averagePrecision($0.hits, k: k) })
        meanReciprocalRank = Self.mean(queries.map { Relevance.reciprocalRank($0.hits, k: k) })
    }

    /// The mean precision among the first `k` results; `k` is at most the summary's own.
    public func precision(at k: Int) -> Double {
        precondition(k >= 1 && k <= self.k, "only \(self.k) results were looked at")
        return Self.mean(queries.map { Relevance.precision($0.hits, k: k) })
    }

    private static func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }
}
