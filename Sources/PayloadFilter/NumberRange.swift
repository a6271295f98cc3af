public import JSON

/// Which numbers are in range; a bound that is nil does not bind.
///
/// Integers and numbers with a fraction are compared by value, exactly, to the last of 64 bits. Truth
/// values are no numbers.
public struct NumberRange: Hashable, Sendable {
    /// More than this.
    public let gt: JSONValue?
    /// At least this.
    public let gte: JSONValue?
    /// Less than this.
    public let lt: JSONValue?
    /// At most this.
    public let lte: JSONValue?

    /// Makes a range.
    ///
    /// - Precondition: the bounds are finite numbers.
    public init(
        gt: JSONValue? = nil, gte: JSONValue? = nil, lt: JSONValue? = nil, lte: JSONValue? = nil
    ) {
        for bound in [gt, gte, lt, lte] {
            precondition(bound.map { $0.doubleValue?.isFinite == true } ?? true)
        }
        self.gt = gt
        self.gte = gte
        self.lt = lt
        self.lte = lte
    }

    /// Whether a value is a number in the range.
    public func contains(_ value: JSONValue) -> Bool {
        guard let number = ExactNumber(value) else { return false }
        if let gt = gt.flatMap(ExactNumber.init), number <= gt { return false }
        if let gte = gte.flatMap(ExactNumber.init), number < gte { return false }
        if let lt = lt.flatMap(ExactNumber.init), number >= lt { return false }
        if let lte = lte.flatMap(ExactNumber.init), number > lte { return false }
        return true
    }

    /// Doubles of which every number in the range rounds to one, or nil where no number is in range.
    package var doubles: ClosedRange<Double>? {
        var low = -Double.infinity
        var high = Double.infinity
        for bound in [gt, gte] { if let value = bound?.doubleValue { low = max(low, value) } }
        for bound in [lt, lte] { if let value = bound?.doubleValue { high = min(high, value) } }
        return low <= high ? low...high : nil
    }

    /// The integers in the range, or nil where there are none.
    package var integers: ClosedRange<Int128>? {
        var low = Int128(Int64.min)
        var high = Int128(UInt64.max)
        if let gte = gte.flatMap(ExactNumber.init) { low = max(low, gte.ceiling) }
        if let gt = gt.flatMap(ExactNumber.init) { low = max(low, gt.floor + 1) }
        if let lte = lte.flatMap(ExactNumber.init) { high = min(high, lte.floor) }
        if let lt = lt.flatMap(ExactNumber.init) { high = min(high, lt.ceiling - 1) }
        return low <= high ? low...high : nil
    }
}

/// A number as a whole part and what is above it, so that integers of 64 bits and doubles compare exactly.
private struct ExactNumber: Comparable {
    /// The largest integer not above the number, cut at ±2^100, far beyond every integer in JSON.
    let floor: Int128
    /// The number itself where it is beyond that, else what is above the whole part: at least 0, below 1.
    let rest: Double

    init?(_ value: JSONValue) {
        switch value {
        case .integer(let value): (floor, rest) = (Int128(value), 0)
        case .unsigned(let value): (floor, rest) = (Int128(value), 0)
        case .number(let value):
            guard value.isFinite else { return nil }
            if value.magnitude < 0x1p100 {
                let whole = value.rounded(.down)
                (floor, rest) = (Int128(whole), value - whole)
            } else {
                let end = Int128(1) << 100
                (floor, rest) = (value < 0 ? -end : end, value)
            }
        case .null, .bool, .string, .array, .object: return nil
        }
    }

    /// The smallest integer not below the number.
    var ceiling: Int128 { rest > 0 ? floor + 1 : floor }

    static func < (left: ExactNumber, right: ExactNumber) -> Bool {
        left.floor == right.floor ? left.rest < right.rest : left.floor < right.floor
    }
}
