internal import Foundation

/// A state behind a lock, whose changes threads can wait for.
///
/// Unchecked: `state` is touched only between the condition's `lock` and `unlock`.
final class Monitor<State: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var state: State

    init(_ state: State) {
        self.state = state
    }

    /// Reads or changes the state, and wakes whoever waits.
    func update<R>(_ body: (inout State) -> R) -> R {
        condition.lock()
        defer {
            condition.broadcast()
            condition.unlock()
        }
        return body(&state)
    }

    /// Calls `body` now and after every change until it returns a result.
    func wait<R>(until body: (inout State) -> R?) -> R {
        condition.lock()
        defer {
            condition.broadcast()
            condition.unlock()
        }
        while true {
            if let result = body(&state) { return result }
            condition.wait()
        }
    }
}
