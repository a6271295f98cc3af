import LinearAlgebra
import VectorCore
import VectorKernels

/// What searches find of queries that are not in the graph, added up.
///
/// Settings grow by about √2; the numbers of neighbours are among them, as a search keeps so many at least. Few
/// queries are enough where nearly all is found, and such settings are slow.
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
        (60, 1000), (140, 500), (560, 250), (4096, 100),
    ]
    /// From this recall on, larger settings are not measured.
    private static let enough = 0.9995

    /// How many of the rows of a build stay out of it until it has been measured.
    static func sampleSize(_ rows: Int) -> Int {
        rows <= fewRows ? 0 : min(wantedQueries, rows / 10)
    }

    /// So few rows are compared with a query one by one nearly as fast as a graph is walked.
    static let fewRows = 256

    /// How many of their true neighbours so many queries found; whole numbers, so that no order of adding up
    /// gives another table.
    private struct Sums {
        var count = 0
        var hits = 0
        var squares = 0

        mutating func add(_ found: Int) {
            count += 1
            hits += found
            squares += found * found
        }

        mutating func add(_ other: Sums) {
            count += other.count
            hits += other.hits
            squares += other.squares
        }

        /// The mean share of `k` neighbours.
        func recall(_ k: Int) -> Double { Double(hits) / Double(count * k) }

        func point(_ k: Int) -> RecallTable.Point? {
            guard count > 0 else { return nil }
            let mean = recall(k)
            let variance = max(0, Double(squares) / Double(count * k * k) - mean * mean)
            return RecallTable.Point(
                recall: mean, error: (variance / Double(max(1, count - 1))).squareRoot(),
                queryCount: count)
        }
    }

    /// Shape (settings, neighbour counts).
    private var sums: [[Sums]]
    /// How many queries have been asked.
    private(set) var queryCount = 0

    init() {
        sums = Self.settings.map { _ in Self.neighborCounts.map { _ in Sums() } }
    }

    /// Asks queries.
    ///
    /// - Parameters:
    ///   - queries: as they came, not in the graph.
    ///   - index: what is asked; without pending rows, which would be found by a scan.
    ///   - threads: how many threads work.
    ///   - pause: called now and then.
    /// - Complexity: O(queries · (count + 700 · m) · dimension / threads)
    mutating func ask(
        _ queries: FloatMatrix, of index: HNSWIndex, threads: Int, pause: @Sendable () -> Void = {}
    ) throws(IndexError) {
        let truth = try Truth(index, queries, threads: threads)
        for (place, setting) in Self.settings.enumerated() {
            let most = Self.queriesUpTo.first { setting <= $0.setting }?.queries ?? 0
            // Of many queries the first; a part of each lot where they come in lots.
            let share = min(1, Double(most) / Double(max(Self.wantedQueries, queries.rows)))
            let count = min(queries.rows, Int((Double(queries.rows) * share).rounded(.up)))
            let columns = Self.neighborCounts.indices.filter { column in
                Self.neighborCounts[column] <= setting
                    && (place == 0 || !isEnough(place - 1, column))
            }
            guard !columns.isEmpty else { continue }
            let found = try shares(
                queries, count, of: index, truth, setting, columns, threads: threads, pause)
            for (column, sum) in zip(columns, found) { sums[place][column].add(sum) }
            if setting >= index.vertexCount { break }
        }
        queryCount += queries.rows
    }

    private func isEnough(_ place: Int, _ column: Int) -> Bool {
        let sum = sums[place][column]
        // What an earlier lot of queries left out is left out by later ones.
        guard sum.count > 0 else { return Self.neighborCounts[column] <= Self.settings[place] }
        return sum.recall(Self.neighborCounts[column]) >= Self.enough
    }

    private func shares(
        _ queries: FloatMatrix, _ count: Int, of index: HNSWIndex, _ truth: Truth, _ setting: Int,
        _ columns: [Int], threads: Int, _ pause: @Sendable () -> Void
    ) throws(IndexError) -> [Sums] {
        let counts = columns.map { Self.neighborCounts[$0] }
        let hits = try index.answers(count, piece: 8, threads) {
            query, scratch throws(IndexError) -> [Int?] in
            pause()
            let answers = try index.rowsFound(queries[query], setting: setting, counts, scratch)
            return zip(counts, answers).map { truth.hits(of: $1, query, k: $0) }
        }
        var sums = [Sums](repeating: Sums(), count: columns.count)
        for hits in hits {
            for (place, hits) in hits.enumerated() {
                if let hits { sums[place].add(hits) }
            }
        }
        return sums
    }

    /// The table of what has been added up.
    func table(_ source: RecallTable.Source, count: Int) -> RecallTable {
        let measured = sums.indices.filter { place in sums[place].contains { $0.count > 0 } }
        return RecallTable(
            source: source, count: count, neighborCounts: Self.neighborCounts,
            settings: measured.map { Self.settings[$0] },
            points: measured.map { place in
                zip(sums[place], Self.neighborCounts).map { $0.point($1) }
            })
    }
}

/// The true neighbours of queries.
private struct Truth: Sendable {
    /// For each query the nearest rows with their distances, nearest first.
    private let neighbors: [[Neighbor]]

    /// Rows beyond the largest number of neighbours, as they may be as near as the last.
    private static let ties = 20

    init(
        _ index: HNSWIndex, _ queries: FloatMatrix, threads: Int
    ) throws(IndexError) {
        let most = RecallMeasurement.neighborCounts.last ?? 1
        let k = min(index.count, most + Self.ties)
        neighbors = try index.searchBatchExactly(queries, k: max(1, k), threads: threads)
    }

    /// How many of the `k` nearest are among some rows; ties count.
    ///
    /// - Returns: nil where there are fewer rows than `k`.
    func hits(of rows: [UInt32], _ query: Int, k: Int) -> Int? {
        let nearest = neighbors[query]
        guard nearest.count >= k else { return nil }
        let farthest = nearest[k - 1].distance
        let near = Set(
            nearest.enumerated().prefix { $0.offset < k || $0.element.distance <= farthest }
                .map(\.element.row.rawValue))
        return min(k, rows.count { near.contains($0) })
    }
}

extension HNSWIndex {
    /// The rows in the answers to one query for several numbers of neighbours, by one walk.
    fileprivate func rowsFound(
        _ query: Span<Float>, setting: Int, _ counts: [Int], _ scratch: SearchScratch
    ) throws(IndexError) -> [[UInt32]] {
        try withPreparedQuery(query) { prepared throws(IndexError) in
            let scorer = unsafe rows.scorer(prepared.numbers, metric: kernel, scratch)
            walk(widened(setting), scorer, scratch)
            var answers: [[UInt32]] = []
            for k in counts {
                var nearest = NearestRows(k: k)
                try measureIsolated(shownIsolated, prepared, into: &nearest)
                _ = try measureCandidates(of: scratch, prepared, into: &nearest)
                answers.append(nearest.neighbors.map(\.row.rawValue))
            }
            return answers
        }
    }
}
