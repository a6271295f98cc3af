import Testing
import VectorCore

@Suite struct RecallSettingTests {
    /// What is missed falls from a tenth to a thousandth, and ten times as many neighbours need a setting twice
    /// as large.
    private let table = RecallTable(
        source: .heldOut, count: 1000, neighborCounts: [1, 10], settings: [8, 16, 32, 64, 128],
        points: [
            [point(0.9), nil], [point(0.968), point(0.9)], [point(0.99), point(0.968)],
            [point(0.9968), point(0.99)], [point(0.999), point(0.9968)],
        ])

    private static func point(_ recall: Double, error: Double = 0) -> RecallTable.Point {
        RecallTable.Point(recall: recall, error: error, queryCount: 1000)
    }

    @Test func theSmallestSettingThatReachesARecallIsTaken() {
        #expect(table.setting(reaching: 0.5, k: 1) == 8)
        #expect(table.setting(reaching: 0.9, k: 1) == 8)
        #expect(table.setting(reaching: 0.99, k: 1) == 32)
        #expect(table.setting(reaching: 0.99, k: 10) == 64)
        let settings = stride(from: 0.9, through: 0.996, by: 0.001).map {
            table.setting(reaching: $0, k: 10) ?? 0
        }
        #expect(settings == settings.sorted() && Set(settings).count > 20)
        #expect(table.setting(reaching: 0.9999, k: 1) == nil)
        #expect(table.best(k: 10)?.setting == 128)
    }

    @Test func otherNumbersOfNeighboursLieBetween() {
        let few = table.setting(reaching: 0.968, k: 1) ?? 0
        let some = table.setting(reaching: 0.968, k: 3) ?? 0
        let many = table.setting(reaching: 0.968, k: 10) ?? 0
        #expect(few == 16 && many == 32 && some > few && some < many)
        // Beyond what was measured the setting grows with them, and is never below them.
        #expect(table.setting(reaching: 0.968, k: 100) == 320)
        #expect(table.setting(reaching: 0.1, k: 7) ?? 0 >= 7)
    }

    /// What is more than enough at the smallest setting is so in an index that has grown.
    @Test func anIndexThatHasGrownNeedsMore() {
        let table = RecallTable(
            source: .heldOut, count: 1000, neighborCounts: [10], settings: [10, 20, 40],
            points: [[Self.point(0.9)], [Self.point(0.99)], [Self.point(0.999)]])
        for count in [500, 1000] {
            #expect(table.setting(reaching: 0.99, k: 10, count: count) == 20)
        }
        // A little growth is no reason for a whole step.
        #expect(table.setting(reaching: 0.957, k: 10, count: 1050) == 13)
        let twice = table.setting(reaching: 0.99, k: 10, count: 2000)
        #expect(twice == 26)
        #expect(table.setting(reaching: 0.9, k: 10, count: 2000) == 13)
        // A fifth is missed at 8.1 then, and that grows by a third at the most.
        #expect(table.setting(reaching: 0.8, k: 10, count: 2000) == 11)
        #expect(table.setting(reaching: 0.5, k: 10, count: 2000) == 10)
    }

    /// A step that is large beside the doubt is taken only where the mean is too low.
    @Test func theMeanMayAllowOneLess() {
        func table(_ recall: Double) -> RecallTable {
            RecallTable(
                source: .heldOut, count: 1000, neighborCounts: [1], settings: [2, 3, 5],
                points: [
                    [Self.point(recall, error: 0.0125)], [Self.point(0.87, error: 0.0105)],
                    [Self.point(0.94, error: 0.0075)],
                ])
        }
        #expect(table(0.802).setting(reaching: 0.8, k: 1) == 2)
        #expect(table(0.798).setting(reaching: 0.8, k: 1) == 3)
    }

    /// A recall of 1 is not granted by a setting that missed something.
    @Test func allIsAll() {
        let table = RecallTable(
            source: .heldOut, count: 1000, neighborCounts: [100], settings: [100, 200],
            points: [[Self.point(0.99996, error: 4e-5)], [Self.point(1)]])
        #expect(table.setting(reaching: 0.9999, k: 100) == 100)
        #expect(table.setting(reaching: 1, k: 100) == 200)
    }

    /// The fewer queries were asked, the more is left for chance.
    @Test func theLowerBoundDecides() {
        func one(_ point: RecallTable.Point) -> RecallTable {
            RecallTable(
                source: .queries, count: 10, neighborCounts: [1], settings: [4, 8],
                points: [[point], [Self.point(0.95)]])
        }
        #expect(one(Self.point(0.905)).setting(reaching: 0.9, k: 1) == 4)
        #expect(one(Self.point(0.905, error: 0.03)).setting(reaching: 0.9, k: 1) ?? 0 > 4)
        let few = RecallTable.Point(recall: 1, error: 0, queryCount: 10)
        #expect(few.lowerBound < 1 && few.lowerBound >= 0.9)
        func all(_ count: Int) -> RecallTable {
            let point = RecallTable.Point(recall: 1, error: 0, queryCount: count)
            return RecallTable(
                source: .queries, count: 10, neighborCounts: [1], settings: [4], points: [[point]])
        }
        #expect(all(10).setting(reaching: 0.9, k: 1) == 4 && all(10).queryCount == 10)
        #expect(all(10).setting(reaching: 0.99, k: 1) == nil)
        #expect(all(100).setting(reaching: 0.999, k: 1) == 4)
    }

    /// Lists that are looked into have nothing to do with how many neighbours are asked for.
    @Test func settingsThatCountNoCandidatesMayBeBelowTheNeighbours() {
        let lists = RecallTable(
            source: .heldOut, count: 1000, neighborCounts: [1, 100], settings: [1, 2, 4],
            points: [
                [Self.point(0.9), Self.point(0.5)], [Self.point(0.99), Self.point(0.9)],
                [nil, Self.point(0.99)],
            ])
        #expect(lists.setting(reaching: 0.9, k: 1) == 1)
        #expect(lists.setting(reaching: 0.9, k: 100) == 2)
        #expect(lists.setting(reaching: 0.99, k: 100) == 4)
        #expect((1...2).contains(lists.setting(reaching: 0.9, k: 10) ?? 0))
        #expect(lists.setting(reaching: 0.9, k: 200) == 4)
        #expect(lists.recall(at: 2, k: 100) == 0.9 && lists.recall(at: 2, k: 1) == 0.99)
        #expect(lists.recall(at: 4, k: 200) == 0.9)
        let between = lists.recall(at: 2, k: 10) ?? 0
        #expect(between > 0.9 && between < 0.99)
    }
}
