import Evaluation
import SearchService

extension ComparisonReport {
    /// The comparison as people read it.
    var text: String {
        let source =
            leavesItselfOut ? "taken from the collection, each leaving itself out" : "from a file"
        let share = limits.gflops > 0 ? exactGflops / limits.gflops * 100 : 0
        var lines = [
            "\(collection)/\(vector): \(counted(count, "vector")) of "
                + "\(counted(dimension, "number")), \(metric); "
                + "\(counted(queryCount, "query", "queries")) \(source); k = \(k)",
            "this machine: \(limits.instructionSet), \(counted(limits.threads, "thread")), "
                + "\(rounded(limits.gflops)) GFLOP/s, \(rounded(limits.gigabytesPerSecond)) GB/s",
            "exact answers as one batch: \(duration(exactSeconds)), \(rounded(exactGflops)) "
                + "GFLOP/s (\(NumberText.fixed(share, decimals: 0)) % of this machine's)",
            table(
                [
                    .text("kind"), .text("setting"), .number("recall@\(k)"),
                    .number("queries/s"), .number("in batch"), .number("p50 µs"),
                    .number("p95 µs"), .number("p99 µs"), .number("build s"),
                    .number("bytes/vector"),
                ],
                kinds.flatMap { kind in kind.settings.map { row(kind, $0) } }),
        ]
        lines += kinds.compactMap { kind in kind.note.map { "\(kind.kind): \($0)" } }
        return lines.joined(separator: "\n")
    }

    private func row(_ kind: ComparedKind, _ setting: ComparedSetting) -> [String] {
        [
            kind.kind, setting.setting, NumberText.fixed(setting.recall, decimals: 4),
            rounded(setting.queriesPerSecond), rounded(setting.batchQueriesPerSecond),
            rounded(setting.p50), rounded(setting.p95), rounded(setting.p99),
            NumberText.fixed(kind.buildSeconds, decimals: 2), rounded(kind.bytesPerVector),
        ]
    }
}
