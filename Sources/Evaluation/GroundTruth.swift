public import VectorCore

/// The exact nearest neighbours of some queries, against which answers are measured.
public struct GroundTruth: Sendable {
    /// How many neighbours a query has here, fewer only where there are no more vectors.
    public let k: Int
    /// For every query its nearest neighbours, nearest first, itself excluded.
    public let neighbors: [[Neighbor]]
    /// For every query the row that it was taken from, or nil where it is not among the data.
    public let excluded: [RowID?]

    /// Takes exact answers as the truth.
    ///
    /// - Parameters:
    ///   - answers: for every query its exact nearest neighbours, nearest first; one more than `k`
    ///     where the query excludes a row, which is left out here.
    ///   - k: how many are kept, at least 1.
    ///   - excluding: for every query the row that it was taken from; empty where no query is.
    /// - Throws: ``EvaluationError`` where counts do not match, distances are not in order, or
    ///   a query has fewer neighbours than another (the truth was asked for too few).
    /// - Complexity: O(queries · k)
    public init(
        answers: [[Neighbor]], k: Int, excluding: [RowID?] = []
    ) throws(EvaluationError) {
        guard k >= 1 else {
            throw EvaluationError("k is \(k); compare at least 1 neighbour.")
        }
        guard excluding.isEmpty || excluding.count == answers.count else {
            throw EvaluationError(
                "There are \(answers.count) queries, but rows to exclude for \(excluding.count).")
        }
        let excluded = excluding.isEmpty ? Array(repeating: nil, count: answers.count) : excluding
        var neighbors: [[Neighbor]] = []
        neighbors.reserveCapacity(answers.count)
        for (query, answer) in answers.enumerated() {
            for (near, far) in zip(answer, answer.dropFirst())
            where !(near.distance <= far.distance) {
                throw EvaluationError(
                    "The exact answer to query \(query) is not in the order of its distances.")
            }
            let others = answer.lazy.filter { $0.row != excluded[query] }
            neighbors.append(Array(others.prefix(k)))
        }
        let counts = Set(neighbors.map(\.count))
        guard counts.count <= 1 || excluding.contains(where: { $0 != nil }) else {
            throw EvaluationError(
                "The exact answers have different lengths; ask the exact index for one k.")
        }
        self.k = k
        self.neighbors = neighbors
        self.excluded = excluded
    }

    /// How many queries there are.
    public var count: Int { neighbors.count }

    /// How many results an index must be asked for, so that `k` remain without the query itself.
    public func resultsToAsk(query: Int, k: Int) -> Int {
        excluded[query] == nil ? k : k + 1
    }
}
