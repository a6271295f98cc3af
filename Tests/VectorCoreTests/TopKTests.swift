import TestSupport
import Testing
import VectorCore

@Suite struct TopKTests {
    @Test func keepsWhatSortingWouldKeep() {
        withEverySeed { generator, seed in
            let offered = (0..<500).map { row in
                Neighbor(
                    row: RowID(row), distance: Float(Int.random(in: 0..<50, using: &generator)))
            }
            for k in [1, 2, 7, 499, 500, 900] {
                var top = TopK(k: k)
                for neighbor in offered.shuffled(using: &generator) { top.offer(neighbor) }
                #expect(top.sorted() == Array(offered.sorted().prefix(k)), "seed \(seed), k \(k)")
            }
        }
    }

    @Test func worstIsInfiniteUntilFull() {
        var top = TopK(k: 2)
        top.offer(Neighbor(row: RowID(0), distance: 3))
        #expect(top.worst == .infinity)
        top.offer(Neighbor(row: RowID(1), distance: 5))
        #expect(top.worst == 5)
    }
}
