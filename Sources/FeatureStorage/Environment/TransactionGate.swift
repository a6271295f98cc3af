internal import Glibc
internal import Locks

/// Lets transactions in, many at once, and the resizing of the map only when none is in.
///
/// LMDB demands that no transaction of the process is open while its map changes size, and does not
/// check it. Whoever waits to resize goes before newcomers, so that a stream of readers cannot starve
/// the writer. A thread enters once: a second entry could wait for the first.
final class TransactionGate: Sendable {
    private struct State {
        var threads: Set<pthread_t> = []
        var waitingToResize = 0
        var isClosed = false
    }

    private let monitor = Monitor(State())

    /// Enters; every entry needs one `leave`.
    func enter() throws(StorageError) {
        let thread = pthread_self()
        let refusal: StorageError?? = monitor.wait { state -> StorageError?? in
            if state.isClosed {
                return .some(StorageError(.closed, "The store is closed; open it again."))
            }
            if state.threads.contains(thread) { return .some(Self.nested) }
            if state.waitingToResize > 0 { return nil }
            state.threads.insert(thread)
            return .some(nil)
        }
        if let refusal = refusal ?? nil { throw refusal }
    }

    /// Lets nobody in any more.
    func shut() {
        monitor.update { $0.isClosed = true }
    }

    /// Leaves.
    func leave() {
        let thread = pthread_self()
        monitor.update { state in _ = state.threads.remove(thread) }
    }

    /// Throws where the calling thread is inside.
    func checkOutside() throws(StorageError) {
        let thread = pthread_self()
        if monitor.update({ $0.threads.contains(thread) }) { throw Self.nested }
    }

    /// Waits until nobody is inside, and runs `body` while nobody can enter.
    ///
    /// - Parameter closing: whether nobody may enter afterwards either.
    func exclusively<R>(closing: Bool = false, _ body: () -> R) -> R {
        monitor.update { $0.waitingToResize += 1 }
        // Two at once are kept apart by taking the whole turn under the monitor's lock.
        return monitor.wait { state -> R? in
            guard state.threads.isEmpty else { return nil }
            if closing { state.isClosed = true }
            state.waitingToResize -= 1
            return body()
        }
    }

    private static let nested = StorageError(
        .nestedTransaction,
        "A transaction was begun inside another on the same thread; pass the first one on instead.")
}
