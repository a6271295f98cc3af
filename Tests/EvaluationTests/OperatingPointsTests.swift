import Evaluation
import TestSupport
import Testing
import VectorCore

@Suite struct OperatingPointsTests {
    @Test func percentilesAreNearestRanks() {
        let twenty = (1...20).map(Double.init)
        #expect(percentile(0, ofSorted: twenty) == 1)
        #expect(percentile(5, ofSorted: twenty) == 1)
        #expect(percentile(5.01, ofSorted: twenty) == 2)
        #expect(percentile(50, ofSorted: twenty) == 10)
        #expect(percentile(95, ofSorted: twenty) == 19)
        #expect(percentile(99, ofSorted: twenty) == 20)
        #expect(percentile(100, ofSorted: twenty) == 20)
        #expect(percentile(50, ofSorted: [7]) == 7)
        #expect(percentile(50, ofSorted: []) == nil)
        #expect(LatencySummary([]) == nil)
        #expect(LatencySummary([3, 1, 2])?.p50 == 2)
        #expect(LatencySummary([3, 1, 2])?.mean == 2)
    }

    private func point(_ parameter: Int, _ recall: Double, _ rate: Double) -> OperatingPoint {
        OperatingPoint(parameter: parameter, recall: recall, queriesPerSecond: rate)
    }

    @Test func findsTheFastestSettingThatReachesARecall() {
        // 20 is slower than 30 though its recall is lower: noise, or a bad setting.
        let sweep = OperatingPoints(
            name: "hnsw",
            points: [
                point(10, 0.8, 900), point(20, 0.92, 300), point(30, 0.95, 500),
                point(40, 0.99, 200),
            ])
        #expect(sweep.at(recall: 0.9)?.parameter == 30)
        #expect(sweep.at(recall: 0.95)?.parameter == 30)
        #expect(sweep.at(recall: 0.951)?.parameter == 40)
        #expect(sweep.at(recall: 0.999) == nil)
        #expect(sweep.front.map(\.parameter) == [10, 30, 40])
        #expect(OperatingPoints(name: "", points: []).front.isEmpty)
    }

    @Test func theFrontHasWhatNoOtherPointBeats() {
        withEverySeed { generator, seed in
            let points = (0..<30).map { parameter in
                point(
                    parameter, Double(Int.random(in: 0...10, using: &generator)) / 10,
                    Double(Int.random(in: 1...10, using: &generator)))
            }
            let front = OperatingPoints(name: "", points: points).front
            for point in points {
                let isBeaten = points.contains {
                    $0.recall >= point.recall && $0.queriesPerSecond >= point.queriesPerSecond
                        && ($0.recall > point.recall
                            || $0.queriesPerSecond > point.queriesPerSecond)
                }
                let isInFront = front.contains {
                    $0.recall == point.recall && $0.queriesPerSecond == point.queriesPerSecond
                }
                #expect(isInFront == !isBeaten, "seed \(seed)")
            }
            #expect(front.map(\.recall) == front.map(\.recall).sorted(), "seed \(seed)")
        }
    }

    /// A clock that the search itself moves, so that the figures are known.
    @Test func measuresWithTheClockItIsGiven() throws {
        let answer = (0..<4).map { Neighbor(row: RowID($0), distance: Float($0)) }
        let truth = try GroundTruth(
            answers: [answer, answer], k: 2, excluding: [RowID(0), nil])
        var now = 0.0
        var pass = 0
        var asked: [Int] = []
        let sweep = try OperatingPoints.measure(
            name: "x", parameters: [1, 2], truth: truth, k: 2, repetitions: 3, clock: { now },
            exactDistance: { _, row in Float(row.position) },
            search: { query, k, parameter in
                if query == 0 { pass += 1 }
                asked.append(k)
                // The second pass of each setting is the fastest.
                let seconds = pass % 3 == 2 ? 0.25 : 1.0
                now += seconds * Double((parameter ?? 0) * (query + 1))
                return parameter == 2 ? answer : Array(answer.suffix(k))
            })
        #expect(asked == [3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2])
        #expect(sweep.points.map(\.parameter) == [1, 2])
        #expect(abs(sweep.points[0].queriesPerSecond - 2 / 0.75) < 1e-9)
        #expect(abs(sweep.points[1].queriesPerSecond - 2 / 1.5) < 1e-9)
        #expect(sweep.points[0].latency?.p50 == 0.25)
        #expect(sweep.points[0].latency?.p99 == 0.5)
        // Setting 1: rows 1, 2 for the first, which is right; rows 2, 3 for the second, wrong.
        #expect(sweep.points[0].recall == 0.5)
        #expect(sweep.points[1].recall == 1)

        let batches = try OperatingPoints.measureBatches(
            name: "x", parameters: [nil], truth: truth, k: 2, clock: { now },
            exactDistance: { _, row in Float(row.position) },
            searchBatch: { k, _ in
                #expect(k == 3)
                now += 0.5
                return [answer, answer]
            })
        #expect(batches.points[0].queriesPerSecond == 4 && batches.points[0].recall == 1)
        #expect(batches.points[0].latency == nil)
        #expect(throws: EvaluationError.self) {
            try OperatingPoints.measureBatches(
                name: "x", parameters: [nil], truth: GroundTruth(answers: [], k: 1), k: 1,
                clock: { now }, exactDistance: { _, _ in 0 }, searchBatch: { _, _ in [] })
        }
    }
}
