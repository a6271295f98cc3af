import Glibc

/// A lock, and a condition that is waited for up to some time.
///
/// Unchecked: POSIX's locks and conditions are for many threads.
@safe
final class TimedCondition: @unchecked Sendable {
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        unsafe pthread_mutex_init(lock, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        // A clock that nobody sets.
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(changed, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(changed)
        unsafe pthread_mutex_destroy(lock)
        unsafe changed.deallocate()
        unsafe lock.deallocate()
    }

    /// Nanoseconds of the clock that is waited by.
    static var now: UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// The time in so many seconds, or in thirty years where that is less.
    static func time(in seconds: Double) -> UInt64 {
        now + UInt64(min(max(seconds, 0), 1e9) * 1e9)
    }

    /// Calls `body`, which no other thread does meanwhile but where it waits.
    func locked<Outcome>(_ body: () -> Outcome) -> Outcome {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        return body()
    }

    /// Lets go of the lock until it is signalled, or a time has come; also now and then without.
    func wait(until time: UInt64) {
        var end = timespec(
            tv_sec: Int(time / 1_000_000_000), tv_nsec: Int(time % 1_000_000_000))
        unsafe pthread_cond_timedwait(changed, lock, &end)
    }

    /// Wakes one that waits.
    func signal() {
        unsafe pthread_cond_signal(changed)
    }
}
