import ArgumentParser
import Foundation

/// Measures the parts that searches are made of.
@main
struct Micro: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Benchmarks/micro",
        abstract:
            "Measures kernels, codes, stores and indexes, each beside what the machine can do.",
        discussion: """
            Every figure is the median of several rounds, and the machine's limits are measured between them. \
            "share" is the figure's part of the limit that its unit names; figures without a limit have none.

            Example: Benchmarks/micro --only kernels
            """)

    enum Group: String, CaseIterable, ExpressibleByArgument {
        case kernels, codes, stores, indexes
    }

    @Option(help: "Only these; repeat for several (default: all).")
    var only: [Group] = []

    @Option(help: "How many rounds the median is of.")
    var rounds = 5

    @Flag(
        help:
            "Little data and one short round, to see that everything runs; the figures say nothing."
    )
    var quick = false

    @Option(help: "Write the figures as JSON to a file.")
    var json: String?

    func validate() throws {
        guard (1...1000).contains(rounds) else {
            throw ValidationError("--rounds is \(rounds); give 1 to 1000.")
        }
    }

    func run() throws {
        let meter = Meter(rounds: quick ? 1 : rounds, seconds: quick ? 0.002 : 0.2)
        var report = Report(meter: meter)
        for group in Group.allCases where only.isEmpty || only.contains(group) {
            switch group {
            case .kernels: KernelBenchmarks(quick: quick).run(meter, &report)
            case .codes: try CodeBenchmarks(quick: quick).run(meter, &report)
            case .stores: try StoreBenchmarks(quick: quick).run(meter, &report)
            case .indexes: try IndexBenchmarks(quick: quick).run(meter, &report)
            }
        }
        report.printTable()
        if let json {
            try report.json.write(to: URL(filePath: json), options: .atomic)
        }
    }
}
