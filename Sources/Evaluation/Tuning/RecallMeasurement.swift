public import VectorCore

/// What searches find of queries that are not in the index, added up.
///
/// Settings grow by about √2; where they count candidates, the numbers of neighbours are among them. Few
/// queries are enough for large settings, which are slow; where nearly all is found; and for many neighbours, whose
/// share differs less from query to query.
public struct RecallMeasurement: Sendable {
    /// For how many neighbours recall is measured.
    static let neighborCounts = [1, 3, 10, 30, 100]
    /// The largest setting for which so many queries are asked.
    private static let queriesUpTo: [(setting: Int, queries: Int)] = [
        (14, 1000), (42, 500), (140, 250), (.max, 100),
    ]
    /// The largest number of neighbours for which so many queries are asked.
    private static let queriesUpToNeighbors: [(count: Int, queries: Int)] = [
        (10, 1000), (30, 500), (100, 250),
    ]
    /// Where a smaller setting is known to reach this recall, so many queries are asked.
    private static let nearlyAll = (recall: 0.99, queries: 100)
    /// From this recall on, larger settings are not measured.
    private static let enough = 0.9995

    private let countsCandidates: Bool
    private let settings: [Int]
    /// Shape (settings, neighbour counts).
    private var sums: [[FoundSums]]

    /// Begins to measure.
    public init(_ setting: SearchSetting) {
        countsCandidates = setting.countsCandidates
        settings = setting.steps
        sums = settings.map { _ in Self.neighborCounts.map { _ in FoundSums() } }
    }

    /// Asks queries.
    ///
    /// - Parameters:
    ///   - queries: as they came, not in the index, in random order.
    ///   - index: what is asked; all that it has can be found by its setting, as a scan beside it would find all.
    ///   - threads: how many threads work.
    ///   - isCancelled: asked now and then by the calling thread whether to stop.
    ///   - pause: called now and then.
    /// - Throws: ``IndexError`` as a search does, or with `cancelled`.
    /// - Complexity: O(queries · count · dimension / threads), and what searches take
    public mutating func ask(
        _ queries: FloatMatrix, of index: some TunableIndex, threads: Int,
        isCancelled: () -> Bool = { false }, pause: @Sendable () -> Void = {}
    ) throws(IndexError) {
        let sample = try SampleQueries(queries, of: index, threads: threads)
        let search = try index.sampleSearch(sample, threads: threads)
        for (place, setting) in settings.enumerated() {
            guard !isCancelled() else { throw .buildCancelled }
            let columns = Self.neighborCounts.indices.filter { column in
                isMeasured(Self.neighborCounts[column], setting)
                    && (place == 0 || !isEnough(place - 1, column))
            }
            guard let most = columns.map({ queriesToAsk(place, $0) }).max() else { continue }
            let found = try search.ask(
                min(most, queries.rows), setting: setting,
                columns.map { Self.neighborCounts[$0] }, threads: threads, pause)
            for (column, sum) in zip(columns, found) { sums[place][column].add(sum) }
            if setting >= index.exhaustiveSetting { break }
        }
    }

    /// Whether a setting is measured for a number of neighbours: fewer candidates are as that number.
    private func isMeasured(_ neighbors: Int, _ setting: Int) -> Bool {
        !countsCandidates || neighbors <= setting
    }

    /// How many queries at most are asked with a setting for a number of neighbours.
    private func queriesToAsk(_ place: Int, _ column: Int) -> Int {
        let setting = settings[place]
        let neighbors = Self.neighborCounts[column]
        let most = min(
            Self.queriesUpTo.first { setting <= $0.setting }?.queries ?? 0,
            Self.queriesUpToNeighbors.first { neighbors <= $0.count }?.queries ?? 0)
        let before = place > 0 ? sums[place - 1][column].point(neighbors) : nil
        guard let before, before.lowerBound >= Self.nearlyAll.recall else { return most }
        return min(most, Self.nearlyAll.queries)
    }

    private func isEnough(_ place: Int, _ column: Int) -> Bool {
        let sum = sums[place][column]
        // A smaller one was enough where this one was left out.
        guard sum.count > 0 else { return isMeasured(Self.neighborCounts[column], settings[place]) }
        return sum.recall(Self.neighborCounts[column]) >= Self.enough
    }

    /// The table of what has been added up.
    ///
    /// - Parameters:
    ///   - source: where the queries came from.
    ///   - count: how many vectors the index had.
    ///   - seenCount: how many queries are among them.
    public func table(
        _ source: RecallTable.Source, count: Int, seenCount: Int = 0
    ) -> RecallTable {
        let measured = sums.indices.filter { place in sums[place].contains { $0.count > 0 } }
        return RecallTable(
            source: source, count: count, seenCount: seenCount, neighborCounts: Self.neighborCounts,
            settings: measured.map { settings[$0] },
            points: measured.map { place in
                zip(sums[place], Self.neighborCounts).map { $0.point($1) }
            })
    }
}
