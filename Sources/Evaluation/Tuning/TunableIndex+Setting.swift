public import VectorCore

extension TunableIndex {
    /// The smallest setting with which a recall is to be expected; the usual effort where searches are exact.
    public func effort(
        reaching recall: Double, k: Int
    ) throws(IndexError) -> SearchLimits.Effort {
        guard setting != nil else {
            try QueryCheck.validate(recall: recall, k: k)
            return .usual
        }
        return .setting(try setting(reaching: recall, k: k))
    }

    /// The smallest setting with which a recall is to be expected for queries like those that it was measured
    /// with.
    ///
    /// - Parameters:
    ///   - recall: above 0 and at most 1.
    ///   - k: how many neighbours, at least 1; more than there are vectors are as all of them.
    /// - Returns: at most the one that looks at everything.
    /// - Throws: ``IndexError`` with `invalidParameter` where no setting reaches it, or none has been measured.
    /// - Complexity: O(log settings)
    public func setting(reaching recall: Double, k: Int) throws(IndexError) -> Int {
        try QueryCheck.validate(recall: recall, k: k)
        guard let name = setting?.name else { throw .nothingToTune(kind) }
        let all = max(1, exhaustiveSetting)
        guard missableCount > SampleRows.few else { return all }
        let k = min(k, max(1, count))
        guard let table = recallTable else {
            guard missableCount > RecallTable.mostUnproven else { return all }
            throw IndexError(
                .invalidParameter,
                "It has not been measured how well searches of this index find; tune it with queries, or "
                    + "build it again with the measuring. Until then set \(name) yourself.")
        }
        if let setting = table.setting(reaching: recall, k: k, count: count) {
            return min(all, setting)
        }
        // Few vectors, and so few queries, prove little, but all of few are soon met.
        guard missableCount > RecallTable.mostUnproven else { return all }
        let reached =
            table.best(k: k).map { "\(Self.rounded($0.recall)) at \(name) \($0.setting)" }
            ?? "none"
        throw IndexError(
            .invalidParameter,
            "No setting of \(name) is known to reach a recall@\(k) of \(recall) in this index; the best that "
                + "\(table.queryCount) queries prove is \(reached). Ask for less or for an exact answer, "
                + (remedy.map { "tune it with more queries, or \($0)." }
                    ?? "or tune it with more queries."))
    }

    private static func rounded(_ recall: Double) -> Double {
        (recall * 1e5).rounded(.down) / 1e5
    }
}

extension RecallTable {
    /// Where nothing proves a recall, a search may look at all vectors of an index as small as this.
    fileprivate static let mostUnproven = 4096
}
