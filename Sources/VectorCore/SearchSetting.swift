/// What a search may be told about how hard to look, such as efSearch.
public struct SearchSetting: Hashable, Sendable {
    /// Its name, in camel case.
    public let name: String
    /// What it does, in a sentence without a full stop.
    public let help: String
    /// The values that are measured; a search may be told others.
    public let range: ClosedRange<Int>
    /// Whether it counts candidates, so that a search for `k` neighbours keeps at least `k`; not so where it counts
    /// lists to look into.
    public let countsCandidates: Bool

    /// Describes a setting.
    ///
    /// - Precondition: the range begins at 1 or above.
    public init(
        name: String, help: String, range: ClosedRange<Int> = 1...4096,
        countsCandidates: Bool = true
    ) {
        precondition(range.lowerBound >= 1)
        self.name = name
        self.help = help
        self.range = range
        self.countsCandidates = countsCandidates
    }

    /// Round values from one end of the range to the other, about √2 apart.
    ///
    /// - Complexity: O(log of the range)
    public var steps: [Int] {
        var round = [1, 2, 3, 4, 5, 7, 10, 14, 20, 30, 42, 60, 80]
        var step = 100
        while step < range.upperBound, step < Int.max / 4 {
            round += [step, step / 5 * 7]
            step *= 2
        }
        let (first, last) = (range.lowerBound, range.upperBound)
        let between = round.filter { first < $0 && $0 < last }
        return [first] + between + (last > first ? [last] : [])
    }

    /// The steps that differ in a search for so many neighbours.
    public func steps(k: Int) -> [Int] {
        countsCandidates ? [k] + steps.filter { $0 > k } : steps
    }
}
