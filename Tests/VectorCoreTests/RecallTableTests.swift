import Testing
import VectorCore

/// What a table says of settings and numbers of neighbours between those that were measured.
@Suite struct RecallTableTests {
    /// Each doubling of the setting halves what is missed; ten neighbours take ten times the setting of one.
    private let table = RecallTable(
        source: .heldOut, count: 10_000, neighborCounts: [1, 10],
        settings: [1, 2, 4, 8, 10, 16, 20, 32, 40, 80],
        points: [1, 2, 4, 8, 10, 16, 20, 32, 40, 80].map { setting in
            [1, 10].map { k in
                setting < k
                    ? nil
                    : RecallTable.Point(
                        recall: 1 - 0.2 * Double(k) / Double(setting), error: 0, queryCount: 1000)
            }
        })

    @Test func aSettingHasTheRecallThatNeedsIt() throws {
        for (setting, k, recall) in [
            (4, 1, 0.95), (40, 10, 0.95), (6, 1, 1 - 0.2 / 6), (12, 3, 0.95), (100, 50, 0.9),
            (25, 5, 0.96),
        ] {
            let read = try #require(table.recall(at: setting, k: k))
            #expect(abs(read - recall) < 1e-9, "\(setting), \(k)")
        }
    }

    @Test func outsideOfWhatWasMeasuredItGoesOn() throws {
        // A search keeps as many as it gives.
        #expect(table.recall(at: 1, k: 10) == table.recall(at: 10, k: 10))
        #expect(table.recall(at: 10_000, k: 1) == table.recall(at: 80, k: 1))
        let late = RecallTable(
            source: .queries, count: 10, neighborCounts: [10], settings: [11, 22],
            points: [0.8, 0.9].map { [RecallTable.Point(recall: $0, error: 0, queryCount: 9)] })
        let early = try #require(late.recall(at: 10, k: 10))
        #expect(abs(early - (1 - 0.2 * 1.1)) < 1e-9)
        // What was always found is no reason for more or less than 1.
        let all = RecallTable(
            source: .queries, count: 10, neighborCounts: [1, 10], settings: [10],
            points: [[1, 0.9].map { RecallTable.Point(recall: $0, error: 0, queryCount: 9) }])
        for (k, range) in [(1, 1...1), (3, 0.9...1), (10, 0.9...0.9), (100, 0.9...0.9)] {
            let recall = try #require(all.recall(at: 10, k: k))
            #expect(range.contains((recall * 1e9).rounded() / 1e9), "\(k): \(recall)")
        }
        let none = RecallTable(
            source: .queries, count: 10, neighborCounts: [1], settings: [], points: [])
        #expect(none.recall(at: 5, k: 1) == nil)
    }
}
