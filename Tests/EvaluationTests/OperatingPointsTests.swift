import Evaluation
import TestSupport
import Testing

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

    @Test func theFrontGoesByAscendingRecall() {
        // 20 is slower than 30 though its recall is lower: noise, or a bad setting.
        let sweep = OperatingPoints(
            name: "hnsw",
            points: [
                point(10, 0.8, 900), point(20, 0.92, 300), point(30, 0.95, 500),
                point(40, 0.99, 200),
            ])
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
}
