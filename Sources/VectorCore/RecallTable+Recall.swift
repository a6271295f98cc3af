import Glibc

extension RecallTable {
    /// The recall that is to be expected with a setting, for queries like those that were asked.
    ///
    /// It is read from the table as ``setting(reaching:k:count:)`` reads it, but from the means, not from their lower
    /// bounds.
    ///
    /// - Parameters:
    ///   - setting: such as efSearch, at least 1; where it counts candidates, below `k` it is as `k`.
    ///   - k: how many neighbours, at least 1.
    /// - Returns: nil where nothing was measured.
    /// - Complexity: O(settings)
    public func recall(at setting: Int, k: Int) -> Double? {
        guard setting >= 1, k >= 1, let last = neighborCounts.indices.last else { return nil }
        let above = neighborCounts.firstIndex { $0 >= k } ?? last
        let setting = Double(countsCandidates ? max(setting, k) : setting)
        let isScaled = countsCandidates || k > neighborCounts[last]
        func missed(at column: Int) -> Double? {
            let scaled = setting * Double(neighborCounts[column]) / Double(k)
            return self.missed(at: isScaled ? scaled : setting, column)
        }
        guard k < neighborCounts[above], above > 0, let low = missed(at: above - 1) else {
            return missed(at: above).map { 1 - $0 }
        }
        guard let high = missed(at: above) else { return 1 - low }
        let lowCount = Double(neighborCounts[above - 1])
        let part = log(Double(k) / lowCount) / log(Double(neighborCounts[above]) / lowCount)
        guard low > 0 || high > 0 else { return 1 }
        let (from, to) = (max(low, Self.leastMissed), max(high, Self.leastMissed))
        return 1 - from * pow(to / from, part)
    }

    /// What is missed with a setting for one of the measured numbers of neighbours.
    ///
    /// Below the first setting that was measured it goes on as between the first two; above the last, where
    /// nearly all was found, it is as there.
    private func missed(at setting: Double, _ column: Int) -> Double? {
        let known = zip(settings, points).compactMap { setting, row in
            row[column].map { (setting: Double(setting), missed: max(0, 1 - $0.recall)) }
        }
        guard let last = known.last else { return nil }
        guard known.count > 1, setting < last.setting else { return last.missed }
        let high = max(1, known.firstIndex { $0.setting >= setting } ?? 1)
        let (left, right) = (known[high - 1], known[high])
        if setting == right.setting { return right.missed }
        if setting == left.setting { return left.missed }
        let part = log(setting / left.setting) / log(right.setting / left.setting)
        let (from, to) = (max(left.missed, Self.leastMissed), max(right.missed, Self.leastMissed))
        return min(1, from * pow(to / from, part))
    }

    /// What cannot be told from nothing.
    static let leastMissed = 1e-4
}
