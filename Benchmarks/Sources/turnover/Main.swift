import ArgumentParser
import DataSets
import VectorCore

/// Replaces all of a graph's vectors again and again, and looks at what becomes of its recall.
@main
struct Turnover: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Benchmarks/turnover",
        abstract: "Measures the recall of a graph whose vectors are replaced again and again.",
        discussion: """
            Half of the vectors are in the graph at any time. A hundredth of those is removed and as many of the \
            others are put in, until none of them is left: one turnover. After each it prints how long \
            that took, and recall@10 at some efSearch beside that of the same vectors built anew. Exit status 1 \
            where at efSearch 64 it was ever lower by more than --most-lost.

            DATA are pairs of files, NAME_base and NAME_query, given as PATH/NAME:METRIC; without any, 200,000 \
            vectors of 128 numbers are made here, in 200 groups that lie far apart.

            Example: Benchmarks/turnover --turnovers 10 ../shared/data/vectors/sift128:l2
            """)

    @Argument(help: ArgumentHelp("What is searched.", valueName: "data"))
    var data: [String] = []
    @Option(help: "Only the first vectors.")
    var limit = 200_000
    @Option(help: "How many queries.")
    var queries = 1000
    @Option(help: "How often all are replaced.")
    var turnovers = 6
    @Option(help: "How many points of recall may be lost.")
    var mostLost = 0.5
    @Option(help: "What vectors are drawn by.")
    var seed: UInt64 = 1

    func validate() throws {
        for (name, value) in [("queries", queries), ("turnovers", turnovers)] where value < 1 {
            throw ValidationError("--\(name) is \(value); give at least 1.")
        }
        guard limit >= 2 * Trial.steps else {
            throw ValidationError("--limit is \(limit); give at least \(2 * Trial.steps).")
        }
        guard mostLost >= 0 else {
            throw ValidationError("--most-lost is \(mostLost); give at least 0.")
        }
    }

    func run() throws {
        let sets = try data.map { try DataSet(argument: $0) }
        for set in sets where !set.isThere { _ = try set.read(vectors: 1, queries: 1) }
        let made: [() throws -> Trial] =
            sets.isEmpty
            ? [{ try Trial(grouped: limit, dimension: 128, queries: queries, seed: seed) }]
            : sets.map { set in { try trial(of: set) } }
        var most = 0.0
        for make in made {
            var trial = try make()
            print("\(trial.name): \(trial.description), seed \(seed)")
            for turnover in 0...turnovers {
                let seconds = turnover == 0 ? 0 : try trial.replaceAll()
                let points = try trial.measure()
                let recalls = points.map {
                    "efSearch \($0.efSearch) \(rounded($0.now, 4)) and \(rounded($0.anew, 4))"
                }
                print(
                    "\(turnover) turnovers, \(rounded(seconds, 1)) s; recall@10 and anew: "
                        + recalls.joined(separator: ", "))
                guard let last = points.last else { continue }
                most = max(most, 100 * (last.anew - last.now))
            }
        }
        print("at most \(rounded(most, 2)) points lost at efSearch \(Trial.efSearches.last ?? 0)")
        if most > mostLost { throw ExitCode(1) }
    }

    private func trial(of set: DataSet) throws -> Trial {
        let (vectors, asked) = try set.read(vectors: limit, queries: queries)
        guard vectors.rows >= 2 * Trial.steps else {
            throw ValidationError("\(set.name) has \(vectors.rows) vectors, which are too few.")
        }
        return try Trial(set.name, vectors, asked, set.metric, seed: seed)
    }

    /// A number with at most so many digits after the point.
    private func rounded(_ number: Double, _ digits: Int) -> Double {
        let scale = (0..<digits).reduce(1.0) { scale, _ in 10 * scale }
        return (scale * number).rounded() / scale
    }
}
