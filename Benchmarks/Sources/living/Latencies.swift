import Foundation

/// How often something took how long, in memory that does not grow: times are told within a hundredth.
struct Latencies {
    private var counts = [Int](repeating: 0, count: 2400)
    private(set) var count = 0

    private static let least = 1e-8
    private static let step = log(1.01)

    /// Notes a time, in seconds.
    mutating func add(_ seconds: Double) {
        let place = Int(log(max(seconds, Self.least) / Self.least) / Self.step)
        counts[min(place, counts.count - 1)] += 1
        count += 1
    }

    mutating func add(_ other: Latencies) {
        for place in counts.indices { counts[place] += other.counts[place] }
        count += other.count
    }

    /// The time that a share of all is below; 0 where there are none.
    func percentile(_ share: Double) -> Double {
        var rest = Int(share * Double(count))
        for (place, count) in counts.enumerated() {
            rest -= count
            if rest < 0 { return Self.least * exp((Double(place) + 0.5) * Self.step) }
        }
        return 0
    }
}
