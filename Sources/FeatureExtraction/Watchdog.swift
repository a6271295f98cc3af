import WorkerThreads

/// One thread for the whole process that stops what is late.
///
/// It sleeps until the first deadline that it knows of, so that it costs nothing while work ends in
/// time. Unchecked: everything is touched under the lock only.
final class Watchdog: @unchecked Sendable {
    static let shared = Watchdog()

    private struct Watched {
        let deadline: UInt64
        let stop: () -> Void
        var isStopped = false
    }

    private let condition = TimedCondition()
    private var watched: [Int: Watched] = [:]
    private var next = 0
    /// When the thread wakes; nil where there is none yet.
    private var wakes: UInt64?

    /// Does work, and has it stopped where it takes longer than so many seconds.
    ///
    /// - Parameter stop: asks the work to end; called on another thread while the work is done.
    /// - Returns: what the work gave, and whether it was stopped; nil where the system refuses the
    ///   thread that watches.
    func run<Value>(
        seconds: Double, stop: @escaping () -> Void, _ body: () -> Value
    ) -> (value: Value, wasStopped: Bool)? {
        guard let number = watch(until: TimedCondition.time(in: seconds), stop) else { return nil }
        let value = body()
        return (value, condition.locked { watched.removeValue(forKey: number)?.isStopped == true })
    }

    private func watch(until deadline: UInt64, _ stop: @escaping () -> Void) -> Int? {
        condition.locked {
            if wakes == nil {
                guard WorkerThreads.detach({ self.watchForEver() }) else { return nil }
                wakes = deadline
            } else if let time = wakes, deadline < time {
                condition.signal()
            }
            next += 1
            watched[next] = Watched(deadline: deadline, stop: stop)
            return next
        }
    }

    private func watchForEver() {
        condition.locked {
            while true {
                let now = TimedCondition.now
                for (number, work) in watched where !work.isStopped && work.deadline <= now {
                    watched[number]?.isStopped = true
                    work.stop()
                }
                let first = watched.values.lazy.filter { !$0.isStopped }.map(\.deadline).min()
                let time = first ?? TimedCondition.time(in: 1e9)
                wakes = time
                condition.wait(until: time)
            }
        }
    }
}
