/// A value that one thread at a time reads or changes.
///
/// Unlike the standard library's `Mutex` it survives a fork: that waits until nobody is inside, and in the
/// child the lock is free. So a body must not wait for anything but other locks, and threads that
/// `WorkerThreads` starts and waits for; for what takes longer there is a ``Turn``.
public final class Lock<Value: ~Copyable>: @unchecked Sendable {
    // Unchecked: the value is touched only by who holds the lock.
    @usableFromInline nonisolated(unsafe) var value: Value
    @usableFromInline let raw = RawLock()

    /// Protects a value.
    public init(_ value: consuming sending Value) {
        unsafe self.value = value
    }

    /// Calls `body` with the value while nobody else has it; it must not ask for the same lock again.
    @inlinable
    public func withLock<Result: ~Copyable, E: Error>(
        _ body: (inout Value) throws(E) -> Result
    ) throws(E) -> Result {
        raw.take()
        defer { raw.give() }
        return try unsafe body(&value)
    }
}
