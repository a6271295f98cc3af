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
            First readers search as fast as they can, then at half that rate, then at half that rate beside a \
            writer. The time of a search is counted from when it was due. Every answer is checked for its \
            number, its order and repetitions, and every hundredth number by number: each vector must have been \
            there at some time during the search, at the distance that it says. In the end all vectors must be \
            those that were written last, and no others. Exit status 1 where anything was wrong, or the 99th \
            percentile beside the writer is above twice that without it.

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
    @Option(help: "How long the writer writes.")
    var minutes = 10.0
    @Option(help: "How many candidates a search keeps.")
    var efSearch = 64
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

        let saturated = load.run(seconds: 10, interval: nil)
        print("saturated: \(Int(saturated.perSecond)) searches/s, \(saturated.text)")
        let interval = 2 / saturated.perSecond
        let alone = load.run(seconds: min(60, 60 * minutes), interval: interval)
        print("at half of that: \(Int(alone.perSecond)) searches/s, \(alone.text)")

        let writer = Writer(index, world, rate: rate)
        let before = Memory.resident
        writer.start()
        var peaks: [Int] = []
        var beside = Load.Result()
        for _ in 0..<max(1, Int(minutes * 6)) {
            let part = load.run(seconds: min(10, 60 * minutes), interval: interval)
            print("  \(part.text)")
            beside.add(part)
            peaks.append(Memory.resident)
        }
        try writer.stop()
        print("beside the writer: \(Int(beside.perSecond)) searches/s, \(beside.text)")
        print(
            "\(writer.changes) changes; memory \(before >> 20) MiB before, \(peaks.map { $0 >> 20 }) MiB"
        )

        let faults = load.faults + (try world.faults(of: index))
        for fault in faults.prefix(10) { print("wrong: \(fault)") }
        let ratio = beside.percentile(0.99) / alone.percentile(0.99)
        print("\(faults.count) wrong; p99 beside the writer is \(ratio) times that without it")
        if let json {
            let figures: [String: Any] = [
                "count": count, "dimension": dimension, "readers": readers, "rate": rate,
                "seconds": beside.seconds, "searchesPerSecond": beside.perSecond,
                "saturatedPerSecond": saturated.perSecond, "changes": writer.changes,
                "p50": [alone.percentile(0.5), beside.percentile(0.5)],
                "p99": [alone.percentile(0.99), beside.percentile(0.99)],
                "residentBytes": peaks, "wrong": faults.count, "checked": load.checked,
            ]
            try JSONSerialization.data(withJSONObject: figures, options: [.sortedKeys])
                .write(to: URL(fileURLWithPath: json))
        }
        guard faults.isEmpty, ratio <= 2 else { throw ExitCode(1) }
    }
}
