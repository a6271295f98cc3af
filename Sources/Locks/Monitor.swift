/// A state behind a lock, whose changes threads can wait for.
///
/// Bodies keep to what those of a ``Lock`` do. In a forked process nobody waits, and the state is as it was.
public final class Monitor<State>: @unchecked Sendable {
    // Unchecked: the state is touched only by who holds the lock.
    @usableFromInline nonisolated(unsafe) var state: State
    @usableFromInline let raw = RawLock()

    /// Protects a state.
    public init(_ state: sending State) {
        unsafe self.state = state
    }

    /// Reads or changes the state, and wakes whoever waits.
    @inlinable
    public func update<Result>(_ body: (inout State) -> Result) -> Result {
        raw.take()
        defer { raw.giveAndWake() }
        return unsafe body(&state)
    }

    /// Calls `body` now and after every change until it returns a result.
    @inlinable
    public func wait<Result>(until body: (inout State) -> Result?) -> Result {
        while true {
            raw.take()
            if let result = unsafe body(&state) {
                raw.giveAndWake()
                return result
            }
            raw.giveAndSleep()
        }
    }
}
