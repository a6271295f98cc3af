import Glibc
import Locks
import Synchronization
import TestSupport
import Testing
import WorkerThreads

/// What a forked process finds, which has one thread only.
@Suite(.serialized)
struct ForkTests {
    private struct Pair {
        var first = 0
        var second = 0
    }

    /// Calls `body` while threads change things without a break.
    private func besides(
        _ busy: @escaping @Sendable (_ thread: Int) -> Void, _ body: () -> Void
    ) {
        let isOver = Atomic<Bool>(false)
        WorkerThreads.run(3) { thread in
            while !isOver.load(ordering: .relaxed) { busy(thread) }
        } beside: { _ in
            body()
            isOver.store(true, ordering: .relaxed)
        }
    }

    @Test func aChildFindsWhatLocksProtectWhole() {
        let pairs = (0..<8).map { _ in Lock(Pair()) }
        besides { thread in
            for pair in pairs {
                pair.withLock { pair in
                    pair.first += 1
                    for _ in 0..<100 { sched_yield() }
                    pair.second += 1
                }
            }
        } _: {
            for _ in 0..<50 {
                let status = fork {
                    pairs.allSatisfy { pair in pair.withLock { $0.first == $0.second } }
                }
                #expect(status == 0)
            }
        }
    }

    @Test func aChildFindsTurnsFreeAndMonitorsAsTheyWere() {
        let turn = Turn()
        let places = Monitor(Pair())
        besides { thread in
            if thread == 0 {
                turn.withTurn { _ = usleep(2000) }
            } else {
                places.update { places in
                    places.first += 1
                    sched_yield()
                    places.second += 1
                }
            }
        } _: {
            for _ in 0..<50 {
                let status = fork {
                    turn.withTurn {
                        places.update { $0.first == $0.second }
                    }
                }
                #expect(status == 0)
            }
        }
    }

    @Test func aForkDoesNotWaitForThoseWhoSleep() {
        let places = Monitor(false)
        besides { _ in
            _ = places.wait { $0 ? true : nil }
        } _: {
            #expect(fork { true } == 0)
            places.update { $0 = true }
        }
    }

    @Test func threadsThatALockWaitsForDoNotWaitForAFork() {
        let all = Lock(0)
        let one = Lock(0)
        besides { _ in
            all.withLock { all in
                WorkerThreads.run(3) { _ in one.withLock { $0 += 1 } }
                all += 3
            }
        } _: {
            for _ in 0..<50 {
                #expect(fork { all.withLock { all in one.withLock { $0 == all } } } == 0)
            }
        }
    }

    @Test func aChildMayForkAndWorkWithThreads() {
        let count = Lock(0)
        let status = fork {
            WorkerThreads.run(3) { _ in
                for _ in 0..<1000 { count.withLock { $0 += 1 } }
            }
            return fork { count.withLock { $0 == 3000 } } == 0
        }
        #expect(status == 0)
        #expect(count.withLock { $0 } == 0)
    }

    @Test func aChildHoldsNoLockOfAFileThatIsNoted() throws {
        var name = Array("/tmp/likeness-lock-XXXXXX".utf8CString)
        let file = unsafe mkstemp(&name)
        try #require(file >= 0)
        let path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { _ = unsafe unlink(path) }
        #expect(flock(file, LOCK_EX) == 0)
        #expect(Forks.closeInChild(file))
        let generation = Forks.generation
        let status = fork {
            fcntl(file, F_GETFD) == -1 && Forks.generation != generation
        }
        #expect(status == 0)
        #expect(Forks.generation == generation)
        Forks.forget(file)
        #expect(fork { fcntl(file, F_GETFD) != -1 } == 0)
        close(file)
    }
}
