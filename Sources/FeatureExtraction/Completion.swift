/// Where one thread leaves a value and another waits for it, up to some time.
///
/// Unchecked: everything is touched under the lock only.
final class Completion<Value: Sendable>: @unchecked Sendable {
    private let condition = TimedCondition()
    private var value: Value?
    private var isAbandoned = false

    /// Leaves the value.
    ///
    /// - Returns: whether somebody may still take it.
    func complete(_ value: Value) -> Bool {
        condition.locked {
            guard !isAbandoned else { return false }
            self.value = value
            condition.signal()
            return true
        }
    }

    /// The value, or nil where it does not come in so many seconds.
    func wait(seconds: Double) -> Value? {
        let end = TimedCondition.time(in: seconds)
        return condition.locked {
            while value == nil, TimedCondition.now < end { condition.wait(until: end) }
            return value
        }
    }

    /// Says that nobody waits any more.
    ///
    /// - Returns: false where the value has come meanwhile.
    func abandon() -> Bool {
        condition.locked {
            isAbandoned = value == nil
            return isAbandoned
        }
    }
}
