import Evaluation
import SearchService

extension ComparisonReport {
    /// The comparison as people read it.
    var text: String {
        let source = leavesItselfOut ? "drawn from the collection" : "from a file"
        let seen = kinds.filter(\.queriesSeen).map(\.kind)
        let mark = seen.isEmpty ? "" : ", which \(seen.joined(separator: " and ")) holds*"
        let hasUnseen = kinds.contains { $0.settings.contains { $0.unseenRecall != nil } }
        let share = limits.gflops > 0 ? exactGflops / limits.gflops * 100 : 0
        var lines = [
            "\(collection)/\(vector): \(counted(count, "vector")) of "
                + "\(counted(dimension, "number")), \(metric); "
                + "\(counted(queryCount, "query", "queries")) \(source)\(mark); k = \(k)",
            "this machine: \(limits.instructionSet), \(counted(limits.threads, "thread")), "
                + "\(rounded(limits.gflops)) GFLOP/s, \(rounded(limits.gigabytesPerSecond)) GB/s",
            "exact answers as one batch: \(duration(exactSeconds)), \(rounded(exactGflops)) "
                + "GFLOP/s (\(NumberText.fixed(share, decimals: 0)) % of this machine's)",
            table(
                [
                    .text("kind"), .text("setting"), .number("recall@\(k)"),
                ] + (hasUnseen ? [.number("unseen")] : []) + [
                    .number("queries/s"), .number("in batch"), .number("p50 µs"),
                    .number("p95 µs"), .number("p99 µs"), .number("build s"),
                    .number("bytes/vector"),
                ],
                kinds.flatMap { kind in kind.settings.map { row(kind, $0, hasUnseen) } }),
        ]
        lines += kinds.compactMap { kind in
            kind.note.map { "\(kind.queriesSeen ? "* " : "")\(kind.kind): \($0)" }
        }
        return lines.joined(separator: "\n")
    }

    private func row(
        _ kind: ComparedKind, _ setting: ComparedSetting, _ hasUnseen: Bool
    ) -> [String] {
        let unseen = setting.unseenRecall.map { NumberText.fixed($0, decimals: 4) } ?? ""
        return [
            kind.kind, setting.setting,
            NumberText.fixed(setting.recall, decimals: 4) + (kind.queriesSeen ? "*" : ""),
        ] + (hasUnseen ? [unseen] : []) + [
            rounded(setting.queriesPerSecond), rounded(setting.batchQueriesPerSecond),
            rounded(setting.p50), rounded(setting.p95), rounded(setting.p99),
            NumberText.fixed(kind.buildSeconds, decimals: 2), rounded(kind.bytesPerVector),
        ]
    }
}
