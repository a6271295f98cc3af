import Evaluation
import TestSupport
import Testing
import VectorCore

@Suite struct RecallTests {
    /// Integer distances, so that many tie.
    @Test func agreesWithTheDefinitionWhereDistancesTie() throws {
        try withEverySeed(0..<40) { generator, seed in
            let rows = Int.random(in: 2...60, using: &generator)
            let queries = 5
            let k = Int.random(in: 1...12, using: &generator)
            let distances = (0..<queries).map { _ in
                (0..<rows).map { _ in Float(Int.random(in: 0..<8, using: &generator)) }
            }
            let excluding: [RowID?] = (0..<queries).map { _ in
                Bool.random(using: &generator)
                    ? RowID(Int.random(in: 0..<rows, using: &generator)) : nil
            }
            let exact = distances.map { list in
                list.enumerated().map { Neighbor(row: RowID($0), distance: $1) }.sorted()
            }
            let truth = try GroundTruth(
                answers: exact.map { Array($0.prefix(k + 1)) }, k: k, excluding: excluding)
            let results = (0..<queries).map { query in
                // Some right, some wrong, and with distances that mean nothing.
                exact[query].prefix(2 * k + 2).shuffled(using: &generator).prefix(k + 1).map {
                    Neighbor(row: $0.row, distance: .random(in: 0..<1, using: &generator))
                }
            }
            let recall = try truth.recall(of: results, at: k) { distances[$0][$1.position] }
            for query in 0..<queries {
                let expected = naive(
                    distances[query], results[query].map(\.row), k: k, excluding: excluding[query])
                #expect(recall.perQuery[query] == expected, "seed \(seed), query \(query)")
            }
            let itself = try truth.recall(of: exact, at: k) { distances[$0][$1.position] }
            #expect(itself.mean == 1, "seed \(seed)")
        }
    }

    /// The definition, word by word.
    private func naive(
        _ distances: [Float], _ results: [RowID], k: Int, excluding: RowID?
    ) -> Double {
        let others = distances.indices.filter { $0 != excluding?.position }
        let nearest = others.map { distances[$0] }.sorted().prefix(k)
        guard let farthest = nearest.last else { return 1 }
        let kept = results.filter { $0 != excluding }.prefix(k)
        let good = kept.filter { distances[$0.position] <= farthest }
        return Double(good.count) / Double(nearest.count)
    }

    @Test func aRowNamedTwiceCountsOnce() throws {
        let answer = (0..<4).map { Neighbor(row: RowID($0), distance: Float($0)) }
        let truth = try GroundTruth(answers: [answer], k: 4)
        let share = truth.recall(query: 0, at: 4, of: [0, 0, 0, 1].map { RowID($0) }) { _ in 9 }
        #expect(share == 0.5)
        let short = truth.recall(query: 0, at: 4, of: [RowID(3)]) { _ in 9 }
        #expect(short == 0.25)
        #expect(truth.recall(query: 0, at: 2, of: [RowID(3), RowID(1)]) { _ in 9 } == 0.5)
    }

    @Test func summarisesQueries() throws {
        let answer = (0..<2).map { Neighbor(row: RowID($0), distance: Float($0)) }
        let truth = try GroundTruth(answers: [answer, answer, answer, answer], k: 2)
        let half = [answer[0], Neighbor(row: RowID(7), distance: 0)]
        let recall = try truth.recall(of: [answer, half, answer, half], at: 2) { _, _ in 5 }
        #expect(recall.mean == 0.75 && recall.minimum == 0.5)
        // s² = 4 · 0.25² / 3, and four queries.
        let error = (4 * 0.0625 / 3 / 4).squareRoot()
        #expect(abs(recall.lowerBound - (0.75 - 1.645 * error)) < 1e-12)
    }

    @Test func badInputIsRefused() throws {
        let near = Neighbor(row: RowID(0), distance: 1)
        let far = Neighbor(row: RowID(1), distance: 2)
        let unknown = Neighbor(row: RowID(2), distance: .nan)
        for answers in [[[far, near]], [[near, unknown]], [[near], [near, far]]] {
            #expect(throws: EvaluationError.self) { try GroundTruth(answers: answers, k: 2) }
        }
        #expect(throws: EvaluationError.self) { try GroundTruth(answers: [[near]], k: 0) }
        #expect(throws: EvaluationError.self) {
            try GroundTruth(answers: [[near]], k: 1, excluding: [nil, nil])
        }
        let truth = try GroundTruth(answers: [[near, far]], k: 2)
        #expect(throws: EvaluationError.self) { try truth.recall(of: [], at: 2) { _, _ in 0 } }
        #expect(throws: EvaluationError.self) {
            try truth.recall(of: [[near]], at: 3) { _, _ in 0 }
        }
    }
}
