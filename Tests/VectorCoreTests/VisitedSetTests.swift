import TestSupport
import Testing
import VectorCore

/// A set in a class, since expectations copy what they name.
private final class VisitedBox {
    private var visited: VisitedSet

    init(count: Int) { visited = VisitedSet(count: count) }

    func insert(_ row: UInt32) -> Bool { visited.insert(row) }
    func clear() { visited.clear() }
}

@Suite struct VisitedSetTests {
    @Test func aNewSetIsEmpty() {
        let visited = VisitedBox(count: 3)
        #expect(visited.insert(0))
        #expect(visited.insert(2))
        #expect(!visited.insert(0))
    }

    /// The stamps of a byte run out after 255 searches; three rounds of them are enough.
    @Test func forgetsEverythingHoweverOftenItIsCleared() {
        withEverySeed(0..<2) { generator, seed in
            let visited = VisitedBox(count: 50)
            for round in 0..<800 {
                visited.clear()
                var seen: Set<UInt32> = []
                // Most rows keep an old stamp for many rounds, so a reused one would show.
                for _ in 0..<3 {
                    let row = UInt32.random(in: 0..<50, using: &generator)
                    let isNew = seen.insert(row).inserted
                    #expect(visited.insert(row) == isNew, "seed \(seed), round \(round)")
                }
            }
        }
    }

    @Test func aRowSeenOnceIsNewAfterAnyNumberOfClearings() {
        for clearings in 1...600 {
            let visited = VisitedBox(count: 2)
            visited.clear()
            _ = visited.insert(1)
            for _ in 0..<clearings { visited.clear() }
            #expect(visited.insert(1), "\(clearings) clearings")
            #expect(!visited.insert(1), "\(clearings) clearings")
        }
    }
}
