import Synchronization
import TestSupport
import Testing
import WorkerThreads

@Suite struct WorkerThreadsTests {
    @Test(arguments: [1, 2, 5])
    func everyItemIsDoneOnce(threads: Int) {
        let done = Mutex([Int](repeating: 0, count: 1000))
        WorkerThreads.forEachPiece(of: 1000, piece: 7, threads: threads) { thread, items in
            #expect(thread >= 0 && thread < threads)
            done.withLock { done in for item in items { done[item] += 1 } }
        }
        #expect(done.withLock { $0 } == [Int](repeating: 1, count: 1000))
    }

    @Test func threadsRunBesideEachOther() {
        // Each waits for the other, so the test ends only if both run at once.
        let arrived = Atomic<Int>(0)
        WorkerThreads.run(2) { _ in
            _ = arrived.add(1, ordering: .sequentiallyConsistent)
            while arrived.load(ordering: .sequentiallyConsistent) < 2 {}
        }
        #expect(arrived.load(ordering: .relaxed) == 2)
        #expect(WorkerThreads.availableCores >= 1)
    }

    @Test func waitsUntilItHoldsAndNotForEver() {
        var looks = 0
        #expect(
            WorkerThreads.wait(milliseconds: 60_000) {
                looks += 1
                return looks == 3
            })
        #expect(looks == 3)
        #expect(!WorkerThreads.wait(milliseconds: 1) { false })
    }
}
