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

    /// At no urgency a thread rests so many times as long as it works.
    private static let longestRest = 3.0
    /// Nanoseconds of work below which a rest costs more than it gives.
    private static let shortestWork: UInt64 = 500_000

    private let processorTime: @Sendable () -> UInt64
    private let sleep: @Sendable (_ microseconds: UInt32) -> Void

    /// Begins with work that is not urgent.
    public convenience init() {
        self.init(processorTime: { Self.ofThread }, sleep: { usleep($0) })
    }

    /// Begins with a clock and a rest of one's own.
    ///
    /// - Parameter processorTime: nanoseconds that the calling thread has worked.
    package init(
        processorTime: @escaping @Sendable () -> UInt64,
        sleep: @escaping @Sendable (_ microseconds: UInt32) -> Void
    ) {
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
        let now = processorTime()
        let before = rested.load(ordering: .relaxed)
        // Another thread worked before this one.
        guard before <= now else { return rested.store(now, ordering: .relaxed) }
        guard now - before >= Self.shortestWork else { return }
        let ease = 1 - Double(urgency.load(ordering: .relaxed)) / 1000
        let microseconds = Double(now - before) / 1000 * Self.longestRest * ease
        if microseconds >= 1 { sleep(UInt32(min(microseconds, 100_000))) }
        rested.store(processorTime(), ordering: .relaxed)
    }

    private static var ofThread: UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
