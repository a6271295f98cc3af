import Glibc
import Locks
import Synchronization

/// Threads of our own for work that keeps a core busy: builds, batch searches, decoding.
///
/// They are plain POSIX threads, so that such work never occupies Swift's cooperative pool.
public enum WorkerThreads {
    /// How many cores are on line.
    public static var availableCores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// Runs `body(thread)` on `count` threads, the calling one among them, and waits for all.
    ///
    /// - Parameters:
    ///   - count: how many threads, at least 1.
    ///   - body: gets the thread's number, `0..<count`.
    public static func run(_ count: Int, _ body: @Sendable (_ thread: Int) -> Void) {
        precondition(count >= 1)
        guard count > 1 else { return body(0) }
        withoutActuallyEscaping(body) { body in
            var threads: [pthread_t] = []
            for thread in 1..<count {
                guard let started = start(isWaitedFor: true, { body(thread) }) else {
                    // Without a thread of its own the share is done here, only later.
                    body(thread)
                    continue
                }
                threads.append(started)
            }
            body(0)
            for thread in threads { pthread_join(thread, nil) }
        }
    }

    /// Sleeps until something holds, which is looked at now and then.
    ///
    /// - Returns: whether it holds; false where it does not after so many milliseconds.
    public static func wait(milliseconds: Int, until isDone: () -> Bool) -> Bool {
        for _ in 0..<2 * milliseconds {
            if isDone() { return true }
            usleep(500)
        }
        return isDone()
    }

    /// Calls `body(thread, range)` for consecutive pieces of `0..<count` until all are done.
    ///
    /// Threads take the next piece when they finish one, so uneven work spreads itself.
    ///
    /// - Parameters:
    ///   - count: how many items.
    ///   - piece: how many items a piece has at most.
    ///   - threads: how many threads at most.
    ///   - body: gets the thread's number and the items to do.
    public static func forEachPiece(
        of count: Int, piece: Int, threads: Int,
        _ body: @Sendable (_ thread: Int, _ items: Range<Int>) -> Void
    ) {
        guard count > 0 else { return }
        let pieces = (count + piece - 1) / piece
        let next = Atomic<Int>(0)
        run(max(1, min(threads, pieces))) { thread in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < pieces else { return }
                body(thread, index * piece..<min(count, (index + 1) * piece))
            }
        }
    }

    /// Calls `body` for consecutive pieces of `0..<count` until all are done, or until it is told to stop.
    ///
    /// - Parameters:
    ///   - isCancelled: asked by the calling thread at first and before each of its pieces; once it says
    ///     so, no thread begins another piece, and it is not asked again.
    ///   - body: gets the thread's number and the items to do.
    /// - Returns: whether all pieces were done.
    public static func forEachPiece(
        of count: Int, piece: Int, threads: Int, isCancelled: @Sendable () -> Bool,
        _ body: @Sendable (_ thread: Int, _ items: Range<Int>) -> Void
    ) -> Bool {
        guard !isCancelled() else { return false }
        let isStopped = Atomic<Bool>(false)
        forEachPiece(of: count, piece: piece, threads: threads) { thread, items in
            if thread == 0, !isStopped.load(ordering: .relaxed), isCancelled() {
                isStopped.store(true, ordering: .relaxed)
            }
            if !isStopped.load(ordering: .relaxed) { body(thread, items) }
        }
        return !isStopped.load(ordering: .relaxed)
    }

    /// Runs `body` on a thread of its own and does not wait for it.
    ///
    /// - Returns: false where the system refuses a thread.
    public static func detach(_ body: @escaping @Sendable () -> Void) -> Bool {
        guard let started = start(isWaitedFor: false, body) else { return false }
        pthread_detach(started)
        return true
    }

    /// A thread that can be waited for.
    public final class Started: Sendable {
        private let thread: Lock<pthread_t?>

        fileprivate init(_ thread: pthread_t) { self.thread = Lock(thread) }

        deinit {
            if let thread = thread.withLock({ $0 }) { pthread_detach(thread) }
        }

        /// Waits until the thread has ended and given back all that was its own; a second time it does nothing.
        public func join() {
            let thread = thread.withLock { thread in
                defer { thread = nil }
                return thread
            }
            if let thread { pthread_join(thread, nil) }
        }
    }

    /// Runs `body` on a thread of its own, which can be waited for.
    ///
    /// - Returns: nil where the system refuses a thread.
    public static func begin(_ body: @escaping @Sendable () -> Void) -> Started? {
        start(isWaitedFor: false, body).map(Started.init)
    }

    private final class Job: Sendable {
        private let body: @Sendable () -> Void
        private let holdsForks: Bool

        init(_ body: @escaping @Sendable () -> Void, holdsForks: Bool) {
            self.body = body
            self.holdsForks = holdsForks
        }

        func run() {
            if holdsForks { Forks.holdForOther() }
            body()
        }
    }

    /// Starts a thread.
    ///
    /// - Parameter isWaitedFor: whether the calling thread waits for it.
    static func start(
        isWaitedFor: Bool, _ body: @escaping @Sendable () -> Void
    ) -> pthread_t? {
        // What waits for a thread and keeps forks waiting would wait for one that waits for the fork.
        let job = unsafe Unmanaged.passRetained(Job(body, holdsForks: isWaitedFor && Forks.areHeld))
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<Job>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, job.toOpaque())
        guard status == 0 else {
            unsafe job.release()
            return nil
        }
        return thread
    }
}
