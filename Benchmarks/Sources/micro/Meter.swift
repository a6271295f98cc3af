import LinearAlgebra

/// Times work: so many rounds, each repeated until it has taken long enough for the clock.
struct Meter {
    /// How many rounds the median is of.
    let rounds: Int
    /// How long a round lasts at least.
    let seconds: Double

    /// The median seconds that one call of `work` takes, after one that does not count.
    func secondsPerCall(_ work: () throws -> Void) rethrows -> Double {
        try work()
        var repeats = 1
        var took = try duration(repeats, work)
        while took < seconds {
            // Half more than seems needed, so that the next one usually suffices.
            let factor = took > 0 ? min(100, 1.5 * seconds / took) : 100
            repeats = max(repeats + 1, Int(Double(repeats) * factor))
            took = try duration(repeats, work)
        }
        var perCall: [Double] = []
        for _ in 0..<rounds { perCall.append(try duration(repeats, work) / Double(repeats)) }
        return Self.median(perCall)
    }

    /// The median seconds of `work`, which is too long to repeat within a round.
    func secondsOnce(_ work: () throws -> Void) rethrows -> Double {
        var all: [Double] = []
        for _ in 0..<min(rounds, 3) { all.append(try duration(1, work)) }
        return Self.median(all)
    }

    private func duration(_ repeats: Int, _ work: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        for _ in 0..<repeats { try work() }
        return (ContinuousClock.now - start) / .seconds(1)
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

/// Keeps a result from being found useless and left out.
@inline(never)
func use<T>(_ value: T) {}
