import Synchronization
import WorkerThreads

/// Threads whose first error is thrown once all have ended.
enum WorkerThreadsTest {
    static func run(_ count: Int, _ body: @Sendable () throws -> Void) throws {
        let failure = Mutex<(any Error)?>(nil)
        WorkerThreads.run(count) { _ in
            do {
                try body()
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
