/// An axis of recall that widens towards 1, where indexes differ.
///
/// A recall r lies at −log₁₀(1 − r + ε), so that 0.9, 0.99 and 0.999 are about as far from each
/// other, and a recall of 1 still has a place.
struct RecallAxis {
    private static let epsilon = 0.0005
    private static let candidates = [
        0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1,
    ]
    /// What is labelled first where there is not room for all.
    private static let byImportance = [
        1, 0.9, 0.99, 0.95, 0.5, 0.8, 0.98, 0.999, 0.995, 0.7, 0.6, 0, 0.2, 0.4, 0.3, 0.1,
    ]

    /// The smallest recall that has a place.
    let lowest: Double

    init(_ recalls: [Double]) {
        let smallest = min(0.9, recalls.min() ?? 0.9)
        lowest = Self.candidates.last { $0 <= smallest } ?? 0
    }

    /// Where a recall lies, from 0 to 1.
    func position(_ recall: Double) -> Double {
        let start = Self.place(lowest)
        return (Self.place(recall) - start) / (Self.place(1) - start)
    }

    /// What is labelled, such that labels are at least `spacing` (of 1) apart, ascending.
    func ticks(spacing: Double) -> [Double] {
        var ticks = [lowest]
        for tick in Self.byImportance where tick > lowest {
            if ticks.allSatisfy({ abs(position($0) - position(tick)) >= spacing }) {
                ticks.append(tick)
            }
        }
        return ticks.sorted()
    }

    private static func place(_ recall: Double) -> Double {
        -logarithm(max(0, 1 - recall) + epsilon)
    }
}

/// A logarithmic axis from one round number to another, at least a factor of ten apart.
struct LogarithmicAxis {
    let lowest: Double
    let highest: Double

    /// - Parameter values: greater than zero.
    init(_ values: [Double]) {
        var low = Self.roundBelow(values.min() ?? 1)
        let largest = values.max() ?? 10
        var high = Self.roundBelow(largest)
        while high < largest { high = Self.next(high) }
        while high / low < 9.9 {
            if largest / low > high / largest { high = Self.next(high) } else { low /= 2 }
            low = Self.roundBelow(low)
        }
        lowest = low
        highest = high
    }

    /// Where a value lies, from 0 to 1.
    func position(_ value: Double) -> Double {
        logarithm(value / lowest) / logarithm(highest / lowest)
    }

    /// The numbers of the form 1, 2 and 5 times a power of ten, all of them or, where the axis is
    /// long, only the powers.
    var ticks: [Double] {
        var ticks: [Double] = []
        var tick = lowest
        while tick <= highest * 1.001 {
            ticks.append(tick)
            tick = Self.next(tick)
        }
        guard highest / lowest > 5000 else { return ticks }
        return ticks.filter { abs(logarithm($0) - logarithm($0).rounded()) < 0.01 }
    }

    /// A tick as short as it can be read, such as `500`, `20k` or `1M`.
    static func label(_ value: Double) -> String {
        let (unit, suffix) =
            value >= 999_999 ? (1e6, "M") : value >= 999.9 ? (1e3, "k") : (1, "")
        return SVGDrawing.number(value / unit) + suffix
    }

    private static func roundBelow(_ value: Double) -> Double {
        let power = powerOfTen(Int(logarithm(value).rounded(.down)))
        return [5, 2, 1].map { $0 * power }.first { $0 <= value * 1.000_001 } ?? power
    }

    private static func next(_ round: Double) -> Double {
        let power = powerOfTen(Int((logarithm(round) + 0.01).rounded(.down)))
        switch (round / power).rounded() {
        case 1: return 2 * power
        case 2: return 5 * power
        default: return 10 * power
        }
    }

    private static func powerOfTen(_ exponent: Int) -> Double {
        (0..<exponent.magnitude).reduce(1.0) { power, _ in exponent < 0 ? power / 10 : power * 10 }
    }
}
