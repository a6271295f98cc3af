import VectorCore

/// What searches find of queries that are not in the graph, added up.
///
/// Settings grow by about √2; the numbers of neighbours are among them, as a search keeps so many at least. Few
/// queries are enough for large settings, which are slow; where nearly all is found; and for many neighbours, whose
/// share differs less from query to query.
struct RecallMeasurement: Sendable {
    /// For how many neighbours recall is measured.
    static let neighborCounts = [1, 3, 10, 30, 100]
    /// Queries that are enough for a table.
    static let wantedQueries = 1000
    private static let settings = [
        1, 2, 3, 4, 5, 7, 10, 14, 20, 30, 42, 60, 80, 100, 140, 200, 280, 400, 560, 800, 1120, 1600,
        2240, 3200, 4096,
    ]
    /// The largest setting for which so many queries are asked.
    private static let queriesUpTo: [(setting: Int, queries: Int)] = [
        (14, 1000), (42, 500), (140, 250), (4096, 100),
    ]
    /// The largest number of neighbours for which so many queries are asked.
    private static let queriesUpToNeighbors: [(count: Int, queries: Int)] = [
        (10, 1000), (30, 500), (100, 250),
    ]
    /// Where a smaller setting is known to reach this recall, so many queries are asked.
    private static let nearlyAll = (recall: 0.99, queries: 100)
    /// From this recall on, larger settings are not measured.
    private static let enough = 0.9995

    /// How many of the rows of a build stay out of it until it has been measured.
    static func sampleSize(_ rows: Int) -> Int {
        rows <= fewRows ? 0 : min(wantedQueries, rows / 10)
    }

    /// So few rows are compared with a query one by one nearly as fast as a graph is walked.
    static let fewRows = 256

    /// Shape (settings, neighbour counts).
    private var sums: [[FoundSums]]
    /// How many queries have been asked.
    private(set) var queryCount = 0

    init() {
        sums = Self.settings.map { _ in Self.neighborCounts.map { _ in FoundSums() } }
    }

    /// Asks queries.
    ///
    /// - Parameters:
    ///   - queries: as they came, not in the graph, in random order.
    ///   - index: what is asked; without pending rows, which would be found by a scan.
    ///   - threads: how many threads work.
    ///   - isCancelled: asked now and then by the calling thread whether to stop.
    ///   - pause: called now and then.
    /// - Throws: ``IndexError`` as a search does, or with `cancelled`.
    /// - Complexity: O(queries · (count + 700 · m) · dimension / threads)
    mutating func ask(
        _ queries: FloatMatrix, of index: HNSWIndex, threads: Int,
        isCancelled: () -> Bool = { false }, pause: @Sendable () -> Void = {}
    ) throws(IndexError) {
        let lot = try QueryLot(queries, index, threads: threads)
        for (place, setting) in Self.settings.enumerated() {
            guard !isCancelled() else { throw .buildCancelled }
            let columns = Self.neighborCounts.indices.filter { column in
                Self.neighborCounts[column] <= setting
                    && (place == 0 || !isEnough(place - 1, column))
            }
            guard let most = columns.map({ queriesToAsk(place, $0) }).max() else { continue }
            let found = try lot.ask(
                min(most, queries.rows), setting, columns.map { Self.neighborCounts[$0] },
                threads: threads, pause)
            for (column, sum) in zip(columns, found) { sums[place][column].add(sum) }
            if setting >= index.vertexCount { break }
        }
        queryCount += queries.rows
    }

    /// How many queries, of ``wantedQueries``, are asked with a setting for a number of neighbours.
    private func queriesToAsk(_ place: Int, _ column: Int) -> Int {
        let setting = Self.settings[place]
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
        guard sum.count > 0 else { return Self.neighborCounts[column] <= Self.settings[place] }
        return sum.recall(Self.neighborCounts[column]) >= Self.enough
    }

    /// The table of what has been added up.
    ///
    /// - Parameter seenCount: how many queries are in the graph.
    func table(_ source: RecallTable.Source, count: Int, seenCount: Int = 0) -> RecallTable {
        let measured = sums.indices.filter { place in sums[place].contains { $0.count > 0 } }
        return RecallTable(
            source: source, count: count, seenCount: seenCount, neighborCounts: Self.neighborCounts,
            settings: measured.map { Self.settings[$0] },
            points: measured.map { place in
                zip(sums[place], Self.neighborCounts).map { $0.point($1) }
            })
    }
}
