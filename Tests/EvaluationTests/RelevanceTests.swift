import Evaluation
import TestSupport
import Testing
import VectorCore

@Suite struct RelevanceTests {
    @Test func agreesWithCalculationByHand() {
        let hits = [true, false, true]
        // Weights 3, 2, 1 of 6.
        #expect(abs(Relevance.score(hits, k: 3) - 100 * 4.0 / 6) < 1e-12)
        #expect(abs(Relevance.precision(hits, k: 3) - 200.0 / 3) < 1e-12)
        #expect(Relevance.precision(hits, k: 1) == 100)
        #expect(abs(Relevance.averagePrecision(hits, k: 3) - 100 * (1 + 2.0 / 3) / 3) < 1e-12)
        #expect(Relevance.reciprocalRank(hits, k: 3) == 100)
        #expect(Relevance.reciprocalRank([false, false, true], k: 3) == 100.0 / 3)
        #expect(Relevance.reciprocalRank([false, false, true], k: 2) == 0)
        #expect(Relevance.score([Bool](repeating: true, count: 15), k: 15) == 100)
    }

    @Test func shortListsCountAsIfMissesFollowed() {
        withEverySeed { generator, seed in
            let hits = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
                Bool.random(using: &generator)
            }
            for k in [1, 5, 15] {
                let padded = hits + [Bool](repeating: false, count: k)
                #expect(Relevance.score(hits, k: k) == Relevance.score(padded, k: k), "\(seed)")
                #expect(
                    Relevance.averagePrecision(hits, k: k)
                        == Relevance.averagePrecision(padded, k: k), "seed \(seed)")
                #expect(
                    Relevance.precision(hits, k: k) == Relevance.precision(padded, k: k),
                    "seed \(seed)")
            }
        }
    }

    @Test func leavesTheQueryOutAndGroupsByClass() throws {
        let answers = [[0, 1, 2], [1, 2, 0], [3, 0, 1], [3, 2, 1]].map { $0.map { RowID($0) } }
        let score = try RelevanceScore(answers: answers, labels: ["a", "a", "b", "b"], k: 2)
        #expect(
            score.queries.map(\.hits) == [
                [true, false], [false, true], [true, false], [true, false],
            ])
        #expect(score.overall.count == 4)
        #expect(score.byClass.map(\.label) == ["a", "b"])
        #expect(abs(score.byClass[0].summary.meanScore - 50) < 1e-12)
        #expect(abs(score.byClass[1].summary.meanScore - 100 * 2.0 / 3) < 1e-12)
        #expect(abs(score.overall.medianScore - 100 * 2.0 / 3) < 1e-12)
        #expect(score.overall.precision(at: 1) == 75)
        #expect(score.scores.count == 4)
    }

    @Test func pointsWithoutALabelAreNoQueriesAndNoHits() throws {
        let answers = [[1, 2], [0, 2], [0, 1]].map { $0.map { RowID($0) } }
        let score = try RelevanceScore(answers: answers, labels: ["a", nil, "a"], k: 2)
        #expect(score.queries.map(\.hits) == [[false, true], [true, false]])
        #expect(try RelevanceScore(answers: [], labels: []).overall.meanScore == 0)
    }

    @Test func badInputIsRefused() {
        #expect(throws: EvaluationError.self) {
            try RelevanceScore(answers: [[]], labels: [])
        }
        #expect(throws: EvaluationError.self) {
            try RelevanceScore(answers: [[RowID(1)]], labels: ["a"])
        }
        #expect(throws: EvaluationError.self) {
            try RelevanceScore(answers: [], labels: [], k: 0)
        }
    }
}
