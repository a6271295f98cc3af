import Evaluation
import Testing
import VectorCore

@Suite struct SampleRowsTests {
    @Test func aTenthOfABuildIsHeldOut() {
        for (count, held) in [(0, 0), (1, 0), (256, 0), (257, 25), (3000, 300), (40_000, 1000)] {
            let all = (0..<UInt32(count)).map { $0 * 2 }
            let rows = HeldOutRows(of: all, seed: 4)
            #expect(rows.held.count == held && rows.count == count, "\(count)")
            #expect((rows.kept + rows.held).sorted() == all, "\(count)")
            #expect(rows.first == rows.kept.first, "\(count)")
            #expect(HeldOutRows(of: all, seed: 4).held == rows.held, "\(count)")
            let unmeasured = HeldOutRows(of: all, seed: 4, isMeasured: false)
            #expect(unmeasured.held.isEmpty && unmeasured.kept.prefix(9) == rows.kept.prefix(9))
        }
    }

    @Test func fewRowsDoNotReplaceWhatWasMeasuredWithMany() {
        let table = RecallTable(
            source: .heldOut, count: 5000, neighborCounts: [1], settings: [1], points: [[nil]])
        func drawn(_ rows: Int, of count: Int, replacing table: RecallTable?) -> Int {
            SampleRows.changed(RowSet(all: rows), of: count, replacing: table, seed: 1).count
        }
        #expect(drawn(5000, of: 5000, replacing: table) == 312)
        #expect(drawn(5000, of: 5000, replacing: nil) == 312)
        #expect(drawn(100_000, of: 100_000, replacing: table) == 1000)
        #expect(drawn(2600, of: 3000, replacing: table) == 250)
        #expect(drawn(400, of: 5000, replacing: table) == 0)
        #expect(drawn(400, of: 5000, replacing: nil) == 40)
        #expect(drawn(5, of: 5, replacing: nil) == 0)
    }
}
