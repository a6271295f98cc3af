import DataSets
import Flat
import HNSW
import VectorCore
import WorkerThreads

/// A graph over a data set, an exact scan beside it, and queries.
struct Trial {
    private let name: String
    private let graph: HNSWIndex
    private let scan: FlatIndex
    private let queries: FloatMatrix
    private let k: Int
    private let efSearch: Int
    private let buildSeconds: Double

    /// The recall that is asked for at least, and the work that is allowed at most.
    static let leastRecall = 0.95
    static let mostWork = 1.5

    init(_ set: DataSet, limit: Int, queries: Int, k: Int, efSearch: Int) throws {
        name = set.name
        self.k = k
        self.efSearch = efSearch
        let (vectors, asked) = try set.read(vectors: limit, queries: queries)
        self.queries = asked
        let start = ContinuousClock.now
        graph = try HNSWIndex.build(
            vectors, metric: set.metric, threads: WorkerThreads.availableCores)
        buildSeconds = (ContinuousClock.now - start) / .seconds(1)
        scan = try FlatIndex.build(vectors, metric: set.metric)
    }

    var description: String {
        "\(graph.count) × \(graph.dimension), \(graph.metric), codes \(graph.codesKind.rawValue), "
            + "built in \(Int(buildSeconds)) s; \(queries.rows) queries, k \(k), efSearch \(efSearch)"
    }

    /// Measures searches of a share of the vectors.
    func measure(
        _ share: Double, _ pattern: Pattern, using generator: inout SplitMix64
    ) throws -> Measurement {
        let count = max(1, Int((share * Double(graph.count)).rounded()))
        let rows = try pattern.rows(count, of: scan, using: &generator)
        let wanted = min(k, rows.count)
        let (truth, scanSeconds) = try Self.fastest {
            try scan.nearest(queries, SearchLimits(k: k, allowed: rows))
        }
        let (answers, seconds) = try Self.fastest {
            try graph.answersAmong(
                queries, k: k, efSearch: efSearch, among: rows, threads: 1)
        }
        var hits = 0
        var short = 0
        for (answer, exact) in zip(answers, truth) {
            let distinct = Set(answer.neighbors.map(\.row))
            let isWhole =
                distinct.count == wanted && answer.neighbors.count == wanted
                && distinct.allSatisfy { rows.contains($0.rawValue) }
                && answer.neighbors == answer.neighbors.sorted()
            if !isWhole { short += 1 }
            guard let bound = exact.last?.distance else { continue }
            // Ties count; normalised vectors give distances that differ by rounding.
            let slack = abs(bound) * 1e-5 + 1e-6
            hits += min(wanted, answer.neighbors.count { $0.distance <= bound + slack })
        }
        let scored = answers.map(\.scored)
        return Measurement(
            data: name, share: share, pattern: pattern, matches: rows.count,
            recall: Double(hits) / Double(wanted * answers.count), shortAnswers: short,
            meanWork: Double(scored.reduce(0, +)) / Double(rows.count * answers.count),
            mostWork: Double(scored.max() ?? 0) / Double(rows.count), ways: Ways(answers),
            queriesPerSecond: Double(queries.rows) / seconds,
            scanQueriesPerSecond: Double(queries.rows) / scanSeconds)
    }

    /// What `work` gives, and the least seconds that it took in three passes.
    private static func fastest<Result>(
        _ work: () throws -> Result
    ) throws -> (Result, seconds: Double) {
        var least = Double.infinity
        var result = try work()
        for _ in 0..<3 {
            let start = ContinuousClock.now
            result = try work()
            least = min(least, (ContinuousClock.now - start) / .seconds(1))
        }
        return (result, least)
    }
}
