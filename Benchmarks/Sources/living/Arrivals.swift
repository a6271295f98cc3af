import Foundation
import Synchronization

/// Searches that come one after another, for whichever reader is free.
///
/// No reader has a search before it is due: one that is woken late would keep it from the others.
final class Arrivals: Sendable {
    private let start: Double
    private let interval: Double?
    private let taken = Atomic<Int>(0)
    private let sleeping = Atomic<Int>(0)

    /// - Parameter interval: seconds between two searches; nil where each comes when a reader is free.
    init(from start: Double, interval: Double?) {
        self.start = start
        self.interval = interval
    }

    /// Waits for a search.
    ///
    /// - Returns: when it was due.
    func take() -> Double {
        guard let interval else { return Self.now }
        while true {
            let number = taken.load(ordering: .relaxed)
            let due = start + interval * Double(number)
            let wait = due - Self.now
            if wait <= 0 {
                let (isTaken, _) = taken.compareExchange(
                    expected: number, desired: number + 1, ordering: .relaxed)
                if isTaken { return due }
            } else {
                // The readers that sleep wake one after another.
                let before = sleeping.add(1, ordering: .relaxed).oldValue
                usleep(UInt32((wait + interval * Double(before)) * 1e6) + 1)
                sleeping.subtract(1, ordering: .relaxed)
            }
        }
    }

    /// Seconds since some time.
    static var now: Double { ProcessInfo.processInfo.systemUptime }
}
