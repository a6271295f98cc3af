import Glibc

extension WorkerThreads {
    /// Runs `body(thread)` on new threads while the calling one runs `main`, and waits for all.
    ///
    /// `main` must let the threads end: they are waited for even if it throws.
    ///
    /// - Parameters:
    ///   - count: how many threads to start.
    ///   - body: gets the thread's number, below `count`.
    ///   - main: gets how many threads could be started, fewer than `count` only if the system
    ///     refused more.
    /// - Returns: what `main` returns.
    public static func run<Outcome, Failure: Error>(
        _ count: Int, _ body: @Sendable (_ thread: Int) -> Void,
        beside main: (_ started: Int) throws(Failure) -> Outcome
    ) throws(Failure) -> Outcome {
        try withoutActuallyEscaping(body) { (body) throws(Failure) -> Outcome in
            var threads: [pthread_t] = []
            for thread in 0..<count {
                guard let started = start(isWaitedFor: true, { body(thread) }) else { break }
                threads.append(started)
            }
            defer { for thread in threads { pthread_join(thread, nil) } }
            return try main(threads.count)
        }
    }
}
