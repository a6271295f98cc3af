import ArgumentParser
import DataSets
import Foundation
import VectorCore

/// Searches some of the vectors of a graph, from half of them to one in ten thousand.
@main
struct Filtered: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Benchmarks/filtered",
        abstract: "Measures searches of some of an index's vectors beside exact scans of them.",
        discussion: """
            Which vectors are asked for is drawn at random, or they lie together: a run of positions, or the \
            nearest of one vector. For each share it prints recall@k against the exact answers, how many answers \
            were short of min(k, vectors asked for), the most vectors that a query scored, as a share of those \
            asked for, how many queries were answered by a walk through all vertices, by one that steps over \
            those not asked for, and by a scan, and queries a second on one thread beside the exact scan of \
            the same vectors. Exit status 1 where a recall is below 0.95, an answer is short, or more than \
            1.5 times those asked for were scored.

            DATA are pairs of files, NAME_base and NAME_query, given as PATH/NAME:METRIC; without any, sift128 \
            and text384 of the project's shared folder.

            Example: Benchmarks/filtered --queries 500 --json filtered.json
            """)

    @Argument(help: ArgumentHelp("What is searched.", valueName: "data"))
    var data: [String] = []
    @Option(help: "Only the first vectors.")
    var limit = 300_000
    @Option(help: "How many queries.")
    var queries = 500
    @Option(help: "How many neighbours a query.")
    var k = 10
    @Option(help: "How many candidates a search keeps.")
    var efSearch = 64
    @Option(help: "What vectors are drawn by.")
    var seed: UInt64 = 1
    @Option(help: "Write the figures as JSON to a file.")
    var json: String?

    func validate() throws {
        for (name, value) in [
            ("limit", limit), ("queries", queries), ("k", k), ("ef-search", efSearch),
        ] where value < 1 {
            throw ValidationError("--\(name) is \(value); give at least 1.")
        }
    }

    func run() throws {
        var rows: [Measurement] = []
        for set in try sets() {
            let trial = try Trial(set, limit: limit, queries: queries, k: k, efSearch: efSearch)
            print("\(set.name): \(trial.description), seed \(seed)")
            print(Measurement.heading)
            var generator = SplitMix64(seed: seed)
            for share in [0.5, 0.2, 0.1, 0.01, 0.001, 0.0001] {
                for pattern in Pattern.allCases {
                    let row = try trial.measure(share, pattern, using: &generator)
                    print(row.line)
                    rows.append(row)
                }
            }
        }
        if let json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try encoder.encode(rows).write(to: URL(filePath: json), options: .atomic)
        }
        let faults = rows.flatMap(\.faults)
        for fault in faults { FileHandle.standardError.write(Data("filtered: \(fault)\n".utf8)) }
        if !faults.isEmpty { throw ExitCode(1) }
    }

    private func sets() throws -> [DataSet] {
        guard data.isEmpty else { return try data.map { try DataSet(argument: $0) } }
        let folder = "../shared/data/vectors"
        let usual = try ["sift128:l2", "text384:cosine"].map {
            try DataSet(argument: "\(folder)/\($0)")
        }
        let there = usual.filter(\.isThere)
        guard !there.isEmpty else {
            throw ValidationError("\(folder) has neither set; name one, as PATH/NAME:METRIC.")
        }
        return there
    }
}
