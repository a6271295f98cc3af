import Glibc

extension RecallTable {
    /// The smallest setting with which at least a recall is to be expected.
    ///
    /// The lower bounds of the points decide. Between two settings the logarithm of what is missed is taken to
    /// fall evenly with that of the setting, and between two numbers of neighbours the logarithm of the setting to
    /// grow with theirs; beyond the largest it grows as they do. In an index of more vectors than were measured it
    /// is larger; a search of twice as many has to look a little harder for the same recall.
    ///
    /// - Parameters:
    ///   - recall: above 0 and at most 1.
    ///   - k: how many neighbours, at least 1.
    ///   - count: how many vectors the index has now; nil for as many as were measured.
    /// - Returns: at least `k` where settings count candidates; nil where no setting that was measured reaches it.
    public func setting(reaching recall: Double, k: Int, count: Int? = nil) -> Int? {
        guard let smallest = exactSetting(reaching: recall, k: k) else { return nil }
        let growth = count.map { self.growth(to: $0) } ?? 1
        // At the least settings a whole step is much, and what growth adds is rounded as usual.
        return max(
            least(k), whole(smallest, recall, k: k), Int((smallest * growth).rounded()))
    }

    /// The smallest setting of a search for `k` neighbours.
    private func least(_ k: Int) -> Int { countsCandidates ? k : 1 }

    /// A setting rounded up; or down where the mean allows it and a step is larger than the doubt, which is how far the
    /// mean lies above the lower bound.
    private func whole(_ setting: Double, _ recall: Double, k: Int) -> Int {
        let (less, more) = (Int(setting), Int(setting.rounded(.up)))
        guard less >= least(k), let low = self.recall(at: less, k: k),
            let high = self.recall(at: more, k: k),
            low >= recall, low - recall < (Double(more) - setting) * (high - low)
        else { return more }
        return less
    }

    /// The smallest setting, not rounded, which may be below `k`.
    private func exactSetting(reaching recall: Double, k: Int) -> Double? {
        guard let last = neighborCounts.indices.last else { return nil }
        let above = neighborCounts.firstIndex { $0 >= k } ?? last
        guard let high = setting(reaching: recall, at: above) else { return nil }
        let highCount = Double(neighborCounts[above])
        guard k < neighborCounts[above], above > 0,
            let low = setting(reaching: recall, at: above - 1)
        else {
            return high * max(1, Double(k) / highCount)
        }
        let lowCount = Double(neighborCounts[above - 1])
        let part = log(Double(k) / lowCount) / log(highCount / lowCount)
        return low * pow(high / low, part)
    }

    /// The factor by which a setting grows in an index of more vectors than were measured.
    private func growth(to count: Int) -> Double {
        1 + 0.3 * log2(max(1, Double(count) / Double(max(1, self.count))))
    }

    /// The setting for one of the measured numbers of neighbours, not rounded.
    private func setting(reaching recall: Double, at column: Int) -> Double? {
        let known = zip(settings, points).compactMap { setting, row in
            row[column].map { point in
                (
                    setting: Double(setting), recall: point.recall,
                    missed: max(1 - point.lowerBound, Self.leastMissed)
                )
            }
        }
        let wanted = max(1 - recall, Self.leastMissed)
        if let place = known.firstIndex(where: {
            // What can hardly be told from nothing is not nothing.
            $0.missed <= wanted && $0.recall >= recall
        }) {
            let found = known[place].setting
            // A search keeps as many as it gives; where that is more than enough, it goes on below as between
            // the first two.
            let isBelow =
                place == 0 && found == Double(neighborCounts[column]) && countsCandidates
            guard place > 0 || isBelow, known.count > 1 else { return found }
            let (low, high) = (known[max(0, place - 1)], known[max(1, place)])
            guard low.missed > high.missed else { return found }
            let part = log(low.missed / wanted) / log(low.missed / high.missed)
            return low.setting
                * pow(high.setting / low.setting, isBelow ? max(-1, part) : max(0, part))
        }
        // A sample of this size cannot tell more; a smaller one tells too little.
        guard let last = points.lastIndex(where: { $0[column] != nil }),
            let point = points[last][column], point.recall >= recall,
            point.queryCount >= Self.enoughQueries
        else { return nil }
        return Double(settings[last])
    }

    /// Fewer queries cannot show the largest recalls.
    private static let enoughQueries = 100
}
