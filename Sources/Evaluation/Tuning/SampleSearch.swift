public import VectorCore

/// What asks sample queries with one setting after another.
public protocol SampleSearch: Sendable {
    /// Asks the first queries with a setting.
    ///
    /// - Parameters:
    ///   - count: how many of them.
    ///   - setting: at most the first step that looks at everything.
    ///   - neighborCounts: for how many neighbours, ascending; none above a setting that counts candidates.
    ///   - threads: how many threads work.
    ///   - pause: called now and then.
    /// - Returns: for each number of neighbours what was found, of the queries that have so many.
    /// - Throws: ``IndexError`` as a search does.
    func ask(
        _ count: Int, setting: Int, _ neighborCounts: [Int], threads: Int,
        _ pause: @Sendable () -> Void
    ) throws(IndexError) -> [FoundSums]
}

/// Asks as everybody does.
public struct PlainSampleSearch<Index: TunableIndex>: SampleSearch {
    private let sample: SampleQueries
    private let index: Index
    private let isNested: Bool

    /// Asks an index.
    ///
    /// - Parameter isNested: whether the first `k` of an answer are the answer for `k`, as where a setting alone
    ///   decides what is looked at; then one search a setting is enough.
    public init(_ sample: SampleQueries, in index: Index, isNested: Bool = false) {
        self.sample = sample
        self.index = index
        self.isNested = isNested
    }

    /// Asks the first queries with a setting.
    public func ask(
        _ count: Int, setting: Int, _ neighborCounts: [Int], threads: Int,
        _ pause: @Sendable () -> Void
    ) throws(IndexError) -> [FoundSums] {
        let queries = sample.queries.selecting(rows: 0..<count)
        let effort = SearchLimits.Effort.setting(min(setting, index.exhaustiveSetting))
        var sums = [FoundSums](repeating: FoundSums(), count: neighborCounts.count)
        var answers = Answers()
        for (place, k) in neighborCounts.enumerated().reversed() {
            if !isNested || answers.count == 0 {
                pause()
                answers = Answers()
                try index.search(
                    Queries(queries), SearchLimits(k: k, effort: effort, threads: threads),
                    into: &answers)
            }
            for query in 0..<count {
                if let hits = sample.hits(query, k: k, in: answers[query]) {
                    sums[place].add(hits)
                }
            }
        }
        return sums
    }
}
