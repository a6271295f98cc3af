import Locks
import Testing
import WorkerThreads

struct LockTests {
    @Test func oneAtATimeHasTheValue() {
        let count = Lock(0)
        WorkerThreads.run(4) { _ in
            for _ in 0..<10_000 { count.withLock { $0 += 1 } }
        }
        #expect(count.withLock { $0 } == 40_000)
    }

    @Test func anErrorGivesTheLockBack() {
        struct Failure: Error {}
        let value = Lock(1)
        #expect(throws: Failure.self) { try value.withLock { _ in throw Failure() } }
        #expect(value.withLock { $0 } == 1)
    }

    @Test func oneAtATimeHasTheTurn() {
        let turn = Turn()
        let inside = Lock(0)
        let most = Lock(0)
        WorkerThreads.run(4) { _ in
            for _ in 0..<200 {
                turn.withTurn {
                    let now = inside.withLock { value in
                        value += 1
                        return value
                    }
                    most.withLock { $0 = max($0, now) }
                    inside.withLock { $0 -= 1 }
                }
            }
        }
        #expect(most.withLock { $0 } == 1)
    }

    @Test func whoeverWaitsSeesEveryChange() {
        let place = Monitor(0)
        WorkerThreads.run(2) { thread in
            for step in 0..<1000 {
                _ = place.wait { $0 == 2 * step + thread ? true : nil }
                place.update { $0 += 1 }
            }
        }
        #expect(place.update { $0 } == 2000)
    }
}
