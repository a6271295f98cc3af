import Glibc
import Synchronization

/// How fast a thread in the background works beside work that somebody waits for.
///
/// A thread that works without a break takes its share of the processors from all others, and whoever
/// is woken where it runs waits for its time slice to end. So the thread rests between the parts of its
/// work: the longer, the less urgent that is.
public final class WorkPace: Sendable {
    /// In thousandths.
    private let urgency = Atomic<Int>(0)
    private let waiting = Atomic<Int>(0)
    /// The thread's processor time when it last rested, in nanoseconds.
    private let rested = Atomic<UInt64>(0)
    /// When that was; processor time, which the system has to be asked for, cannot go faster.
    private let restedAt = Atomic<UInt64>(0)

    /// At no urgency a thread rests so many times as long as it works.
    private static let longestRest = 3.0
    /// Nanoseconds of work below which a rest costs more than it gives.
    private static let shortestWork: UInt64 = 300_000

    private let now: @Sendable () -> UInt64
    private let processorTime: @Sendable () -> UInt64
    private let sleep: @Sendable (_ microseconds: UInt32) -> Void

    /// Begins with work that is not urgent.
    public convenience init() {
        self.init(
            now: { Self.time(CLOCK_MONOTONIC) },
            processorTime: { Self.time(CLOCK_THREAD_CPUTIME_ID) }, sleep: { usleep($0) })
    }

    /// Begins with a clock and a rest of one's own.
    ///
    /// - Parameters:
    ///   - now: nanoseconds since some time.
    ///   - processorTime: nanoseconds that the calling thread has worked.
    package init(
        now: @escaping @Sendable () -> UInt64,
        processorTime: @escaping @Sendable () -> UInt64,
        sleep: @escaping @Sendable (_ microseconds: UInt32) -> Void
    ) {
        self.now = now
        self.processorTime = processorTime
        self.sleep = sleep
    }

    /// Says how urgent the work is: from 0 to 1, where it does not rest at all.
    public func setUrgency(_ value: Double) {
        urgency.store(Int(min(max(value, 0), 1) * 1000), ordering: .relaxed)
    }

    /// Calls `body`, which waits for the work; meanwhile that does not rest.
    public func hurrying<Result, E: Error>(_ body: () throws(E) -> Result) throws(E) -> Result {
        waiting.add(1, ordering: .relaxed)
        defer { waiting.subtract(1, ordering: .relaxed) }
        return try body()
    }

    /// Rests where it is time to; for the thread to call between parts of its work that take well
    /// below a millisecond.
    public func pause() {
        guard waiting.load(ordering: .relaxed) == 0 else { return }
        let now = now()
        guard now &- restedAt.load(ordering: .relaxed) >= Self.shortestWork else { return }
        let worked = processorTime()
        let before = rested.load(ordering: .relaxed)
        // Where it is less, another thread worked before this one.
        if before <= worked {
            guard worked - before >= Self.shortestWork else { return }
            let ease = 1 - Double(urgency.load(ordering: .relaxed)) / 1000
            let microseconds = Double(worked - before) / 1000 * Self.longestRest * ease
            if microseconds >= 1 { sleep(UInt32(min(microseconds, 100_000))) }
        }
        rested.store(processorTime(), ordering: .relaxed)
        restedAt.store(self.now(), ordering: .relaxed)
    }

    private static func time(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
