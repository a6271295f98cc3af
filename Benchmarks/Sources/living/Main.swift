import ArgumentParser
import Foundation
import IndexCatalog
import Likeness
import SearchService
import VectorCore

/// Searches a graph at a fixed rate while its vectors come and go, and measures what that costs.
@main
struct Living: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Benchmarks/living",
        abstract: "Searches a graph while its vectors come and go.",
        discussion: """
            In each round readers search as fast as they can beside a writer, then at half that rate without \
            it, then at half that rate beside it for ten seconds, and then without it again, since the \
            machine's speed changes. The time of a search is counted from when it was due. Every answer is \
            checked for its number, its order and repetitions, and every thousandth number by number: each \
            vector must have been there at some time during the search, at the distance that it says. In the \
            end all vectors must be those that were written last, and no others. Exit status 1 where anything was wrong, or the rounds' median of \
            the 99th percentile beside the writer over that without it is above --largest-ratio.

            Example: Benchmarks/living --minutes 10 --json living.json
            """)

    @Option(help: "How many vectors there are at any time.")
    var count = 100_000
    @Option(help: "How many numbers a vector has.")
    var dimension = 128
    @Option(help: "How many threads search.")
    var readers = 4
    @Option(help: "Upserts a second, and as many deletes.")
    var rate = 1000
    @Option(help: "How long the writer writes, in rounds of about ten seconds.")
    var minutes = 10.0
    @Option(help: "How many candidates a search keeps.")
    var efSearch = 64
    @Option(help: "How many times as long the 99th percentile may be beside the writer.")
    var largestRatio = 2.0
    @Option(help: "Write the figures as JSON to a file.")
    var json: String?

    func validate() throws {
        for (name, value) in [("count", count), ("dimension", dimension), ("readers", readers)]
        where value < 1 {
            throw ValidationError("--\(name) is \(value); give at least 1.")
        }
        guard rate >= 100 else { throw ValidationError("--rate is \(rate); give at least 100.") }
        guard minutes > 0 else {
            throw ValidationError("--minutes is \(minutes); give more than 0.")
        }
    }

    func run() throws {
        let world = World(count: count, dimension: dimension)
        let clock = ContinuousClock()
        let start = clock.now
        let index = try StandaloneIndex.build(
            world.matrix(of: 0..<count), kind: .hnsw, metric: .l2)
        print("built \(count) × \(dimension) in \(start.duration(to: clock.now))")
        let load = Load(index, world, efSearch: efSearch, readers: readers)

        let writer = Writer(index, world, rate: rate)
        let before = Memory.resident
        let rounds = max(1, Int((60 * minutes / Round.longest).rounded()))
        let seconds = 60 * minutes / Double(rounds)
        var all: [Round] = []
        writer.start()
        for _ in 0..<rounds {
            all.append(Round(load, writer, seconds: seconds))
            print(all.count, all[all.count - 1].text)
        }
        try writer.stop()
        let beside = all.map(\.beside).reduce(into: Load.Result()) { $0.add($1) }
        let alone = all.map(\.alone).reduce(into: Load.Result()) { $0.add($1) }
        print("without the writer: \(alone.text)")
        print("beside the writer: \(beside.text)")
        print(
            "\(writer.changes) changes; memory \(before >> 20) MiB before, "
                + "\(all.map { $0.residentBytes >> 20 }) MiB")

        let recall = try world.recall(of: index, efSearch: efSearch)
        let fresh = try StandaloneIndex.build(world.present, kind: .hnsw, metric: .l2)
        let freshRecall = try world.recall(of: fresh, efSearch: efSearch)
        print("recall@10 \(recall), and \(freshRecall) where the same vectors are built anew")
        let faults = load.faults + (try world.faults(of: index))
        for fault in faults.prefix(10) { print("wrong: \(fault)") }
        let ratio = all.map(\.ratio).sorted()[rounds / 2]
        print(
            "\(faults.count) wrong; p99 beside the writer is \(ratio) times that without it, "
                + "median of \(rounds), and \(beside.percentile(0.99) / alone.percentile(0.99)) times over all"
        )
        if let json {
            let figures: [String: Any] = [
                "count": count, "dimension": dimension, "readers": readers, "rate": rate,
                "seconds": beside.seconds, "searchesPerSecond": beside.perSecond,
                "saturatedPerSecond": all.map(\.saturated.perSecond), "changes": writer.changes,
                "p50": [alone.percentile(0.5), beside.percentile(0.5)],
                "p99": [alone.percentile(0.99), beside.percentile(0.99)],
                "recall": [recall, freshRecall], "ratios": all.map(\.ratio),
                "residentBytes": all.map(\.residentBytes), "wrong": faults.count,
                "checked": load.checked,
            ]
            try JSONSerialization.data(withJSONObject: figures, options: [.sortedKeys])
                .write(to: URL(fileURLWithPath: json))
        }
        guard faults.isEmpty, ratio <= largestRatio else { throw ExitCode(1) }
    }
}
