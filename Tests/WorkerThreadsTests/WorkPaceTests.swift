import Synchronization
import Testing
import WorkerThreads

@Suite struct WorkPaceTests {
    /// A thread whose clock and rests are told.
    private final class Told: Sendable {
        let now = Atomic<UInt64>(0)
        let rests = Mutex<[UInt32]>([])

        var pace: WorkPace {
            WorkPace(
                now: { 7_000_000_000 + self.now.load(ordering: .relaxed) },
                processorTime: { self.now.load(ordering: .relaxed) },
                sleep: { rest in self.rests.withLock { $0.append(rest) } })
        }

        /// Works for some microseconds.
        func work(_ microseconds: UInt64) { now.add(1000 * microseconds, ordering: .relaxed) }
        var rested: [UInt32] { rests.withLock { $0 } }
    }

    @Test func restsThreeTimesAsLongAsItWorked() {
        let told = Told()
        let pace = told.pace
        pace.pause()
        told.work(299)
        pace.pause()
        #expect(told.rested == [], "so little work is not worth a rest")
        told.work(501)
        pace.pause()
        pace.pause()
        #expect(told.rested == [2400])
        told.work(600)
        pace.pause()
        #expect(told.rested == [2400, 1800])
    }

    @Test func restsLessTheMoreUrgentItIs() {
        let told = Told()
        let pace = told.pace
        for urgency in [0.5, -.infinity, 0.75, 1, .infinity, 0] {
            pace.setUrgency(urgency)
            told.work(1000)
            pace.pause()
        }
        #expect(told.rested == [1500, 3000, 750, 3000])
    }

    @Test func doesNotRestWhileSomebodyWaits() {
        struct Stop: Error {}
        let told = Told()
        let pace = told.pace
        let result = pace.hurrying {
            told.work(1000)
            pace.pause()
            return 7
        }
        #expect(result == 7)
        #expect(told.rested == [])
        #expect(throws: Stop.self) { try pace.hurrying { throw Stop() } }
        pace.pause()
        #expect(told.rested == [3000], "nobody waits any more")
    }

    @Test func aRestHasAnEnd() {
        let told = Told()
        let pace = told.pace
        told.work(10_000_000)
        pace.pause()
        #expect(told.rested == [100_000])
    }

    @Test func beginsAnewWithAnotherThread() {
        let told = Told()
        let pace = told.pace
        told.work(5000)
        pace.pause()
        told.now.store(100_000, ordering: .relaxed)
        pace.pause()
        told.work(700)
        pace.pause()
        #expect(told.rested == [15_000, 2100])
    }
}
