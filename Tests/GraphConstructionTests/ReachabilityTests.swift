import GraphConstruction
import TestSupport
import Testing
import VectorCore

/// Neighbour lists with memory of their own.
@safe
private final class Lists {
    let table: LinkTable
    private let memory: UnsafeMutablePointer<UInt32>

    init(_ lists: [[UInt32]], degree: Int) {
        unsafe memory = .allocate(capacity: lists.count * degree)
        unsafe memory.initialize(repeating: LinkTable.none, count: lists.count * degree)
        unsafe table = LinkTable(memory, count: lists.count, degree: degree)
        for (row, list) in lists.enumerated() {
            precondition(list.count <= degree)
            for (place, neighbor) in list.enumerated() { table[UInt32(row), place] = neighbor }
        }
    }

    deinit { unsafe memory.deallocate() }

    /// The lists; nil where one goes on after its end.
    var lists: [[UInt32]]? {
        var lists: [[UInt32]] = []
        for row in 0..<UInt32(table.count) {
            let places = (0..<table.degree).map { table[row, $0] }
            let list = places.prefix { $0 != LinkTable.none }
            guard places.dropFirst(list.count).allSatisfy({ $0 == LinkTable.none }) else {
                return nil
            }
            lists.append(Array(list))
        }
        return lists
    }

    /// The rows that can be walked to, found breadth first.
    func reached(from entry: UInt32) -> Set<UInt32> {
        var reached: Set<UInt32> = [entry]
        var frontier = reached
        while !frontier.isEmpty {
            let next = frontier.flatMap { row in
                (0..<table.degree).map { table[row, $0] }.prefix { $0 != LinkTable.none }
            }
            frontier = Set(next).subtracting(reached)
            reached.formUnion(frontier)
        }
        return reached
    }
}

@Suite struct ReachabilityTests {
    @discardableResult
    private func repair(
        _ lists: Lists, entry: UInt32 = 0, exempt: Set<UInt32> = [],
        nearest: (UInt32) -> [UInt32] = { _ in [] }
    ) -> Int {
        Reachability.repair(
            lists.table, entry: entry, isExempt: exempt.contains, nearest: nearest
        ).count
    }

    @Test func aConnectedGraphIsLeftAlone() {
        let ring: [[UInt32]] = [[1], [2], [3], [0]]
        let lists = Lists(ring, degree: 2)
        #expect(repair(lists, nearest: { [$0] }) == 0)
        #expect(lists.lists == ring)
    }

    @Test func anIslandIsAttachedOnceAtItsNearestReachedRow() {
        // 0 - 1 - 2, and an island 3 - 4 - 5 with links only inside.
        let lists = Lists([[1], [0, 2], [1], [4], [3, 5], [4]], degree: 3)
        #expect(Reachability.unreachedCount(lists.table, entry: 0, isExempt: { _ in false }) == 3)
        #expect(repair(lists, nearest: { _ in [3, 4, 5, 2, 0, 1] }) == 1)
        #expect(lists.lists == [[1], [0, 2], [1, 3], [4], [3, 5], [4]])
        #expect(Reachability.unreachedCount(lists.table, entry: 0, isExempt: { _ in false }) == 0)
    }

    @Test func rowsWithoutAnyLinkAreAttached() {
        let lists = Lists([[], [], [], [], []], degree: 2)
        #expect(repair(lists, entry: 3) == 4)
        #expect(lists.reached(from: 3) == [0, 1, 2, 3, 4])
    }

    @Test func exemptRowsAreNotAttached() {
        let lists = Lists([[1], [0], [], []], degree: 2)
        #expect(repair(lists, exempt: [3], nearest: { _ in [0] }) == 1)
        #expect(lists.lists == [[1, 2], [0], [], []])
    }

    @Test func aFullListGivesThePlaceThatNothingNeeds() {
        // Row 0 is the only way to 1 and 2; row 1 leads to what others lead to as well.
        let lists = Lists([[1, 2], [2, 0], [1, 0], [0, 1]], degree: 2)
        #expect(repair(lists, nearest: { _ in [0, 1, 2] }) == 1)
        #expect(lists.lists?[0] == [1, 2])
        #expect(lists.reached(from: 0) == [0, 1, 2, 3])
    }

    /// Whatever is near the row that many are near to can be found by its first links alone.
    @Test func theNearestLinksStay() {
        let lists = Lists(
            [
                [1, 2, 3, 4], [2, 3, 4, 0], [1, 3, 4, 0], [1, 2, 4, 0], [1, 2, 3, 0], [], [], [],
            ],
            degree: 4)
        #expect(repair(lists, nearest: { _ in [1] }) == 3)
        #expect(lists.lists?[1] == [2, 3, 6, 5])
        #expect(lists.lists?[5] == [7])
    }

    /// A free place of a near row comes before any link of the nearest.
    @Test func aFreePlaceIsTakenFirst() {
        let lists = Lists([[1, 2], [2, 0], [1], []], degree: 2)
        #expect(repair(lists, nearest: { _ in [1, 2] }) == 1)
        #expect(lists.lists == [[1, 2], [2, 0], [1, 3], []])
    }

    @Test func whereNoNearRowHasAPlaceAnyOtherGivesOne() {
        // A chain whose lists are full, each link needed; only the last row has a place to give.
        let lists = Lists([[1], [2], [0], []], degree: 1)
        #expect(repair(lists, nearest: { _ in [0, 1] }) == 1)
        #expect(lists.lists == [[1], [2], [3], []])
    }

    /// Whatever was reached stays so, whatever was not becomes so, and lists stay lists.
    @Test func repairsAnyGraph() {
        withEverySeed(0..<300) { generator, seed in
            let count = Int.random(in: 1...60, using: &generator)
            let degree = Int.random(in: 1...5, using: &generator)
            let rows = Array(0..<UInt32(count))
            let original = rows.map { row in
                let links = Int.random(in: 0...degree, using: &generator)
                // Mostly near numbers, so that islands form.
                let near = rows.filter { abs(Int($0) - Int(row)) <= 6 && $0 != row }
                return Array(near.shuffled(using: &generator).prefix(links))
            }
            let lists = Lists(original, degree: degree)
            let entry = UInt32.random(in: 0..<UInt32(count), using: &generator)
            let before = lists.reached(from: entry)
            let exempt = Set(rows.filter { _ in Int.random(in: 0..<8, using: &generator) == 0 })
                .subtracting([entry])
            var orders = SplitMix64(seed: seed)
            let made = repair(
                lists, entry: entry, exempt: exempt,
                nearest: { _ in
                    let some = Int.random(in: 0...count, using: &orders)
                    return Array(rows.shuffled(using: &orders).prefix(some))
                })
            let after = lists.reached(from: entry)
            #expect(after.isSuperset(of: before), "seed \(seed)")
            #expect(after.union(exempt) == Set(rows), "seed \(seed)")
            #expect(made <= count - before.count, "seed \(seed)")
            #expect((made == 0) == before.union(exempt).isSuperset(of: rows), "seed \(seed)")
            #expect(
                Reachability.unreachedCount(
                    lists.table, entry: entry, isExempt: exempt.contains) == 0,
                "seed \(seed)")
            guard let repaired = lists.lists else {
                Issue.record("seed \(seed): a list goes on after its end")
                return
            }
            var changes = 0
            for (row, list) in repaired.enumerated() {
                #expect(Set(list).count == list.count, "seed \(seed), row \(row)")
                #expect(!list.contains(UInt32(row)), "seed \(seed), row \(row)")
                changes += Set(list).subtracting(original[row]).count
            }
            #expect(changes == made, "seed \(seed)")
        }
    }

    @Test func countsLikeABreadthFirstWalk() {
        withEverySeed(0..<50) { generator, seed in
            let lists = Lists(
                (0..<40).map { row in
                    (0..<Int.random(in: 0...2, using: &generator)).map { _ in
                        UInt32.random(in: 0..<40, using: &generator)
                    }
                }, degree: 2)
            let unreached = Reachability.unreachedCount(
                lists.table, entry: 5, isExempt: { $0 % 7 == 0 })
            let reached = lists.reached(from: 5)
            let expected = (0..<UInt32(40)).count { !reached.contains($0) && $0 % 7 != 0 }
            #expect(unreached == expected, "seed \(seed)")
        }
    }
}
