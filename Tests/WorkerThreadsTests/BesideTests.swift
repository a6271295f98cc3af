import Synchronization
import Testing
import WorkerThreads

@Suite struct BesideTests {
    struct Stop: Error {}

    @Test func theCallingThreadRunsBesideTheOthers() {
        // Each waits for the other, so the test ends only if both run at once.
        let arrived = Atomic<Int>(0)
        let started = WorkerThreads.run(2) { _ in
            _ = arrived.add(1, ordering: .sequentiallyConsistent)
            while arrived.load(ordering: .sequentiallyConsistent) < 3 {}
        } beside: { started in
            _ = arrived.add(1, ordering: .sequentiallyConsistent)
            while arrived.load(ordering: .sequentiallyConsistent) < 3 {}
            return started
        }
        #expect(started == 2)
    }

    @Test func theOthersAreWaitedForWhenItThrows() {
        let done = Atomic<Int>(0)
        #expect(throws: Stop.self) {
            try WorkerThreads.run(3) { _ in
                _ = done.add(1, ordering: .sequentiallyConsistent)
            } beside: { _ throws(Stop) in
                throw Stop()
            }
        }
        #expect(done.load(ordering: .sequentiallyConsistent) == 3)
    }
}
