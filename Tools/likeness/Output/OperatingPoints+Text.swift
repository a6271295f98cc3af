import Evaluation
import SearchService
import VectorCore

extension RecallTable {
    /// The numbers of neighbours that people are shown.
    private static let shownCounts = [1, 10, 100]
    /// The recalls for which the setting is named.
    private static let named = [0.9, 0.95, 0.99]

    /// Where the queries came from, and how many they were: `1,000 vectors held out of the build`.
    var sourceText: String {
        switch source {
        case .heldOut: "\(counted(queryCount, "vector")) held out of the build"
        case .changes: "\(counted(queryCount, "vector")) taken out after changes"
        case .queries: counted(queryCount, "query of yours", "queries of yours")
        }
    }

    /// What is known, in a line: from which setting on which recall is to be expected.
    ///
    /// - Parameter name: what the setting is called.
    func summary(_ name: String) -> String {
        let k = neighborCounts.contains(10) ? 10 : neighborCounts.first ?? 1
        let reached = Self.named.map { recall in
            setting(reaching: recall, k: k).map { "\(recall) from \(name) \($0)" }
                ?? "\(recall) from none"
        }
        return "recall@\(k) \(reached.joined(separator: ", ")); by \(sourceText), of "
            + counted(count, "vector")
            + (seenCount > 0 ? "; \(seenCount) of the queries are in the index" : "")
    }

    /// What is to be known of queries that the index holds, or nil.
    private var seenText: String? {
        guard seenCount > 0 else { return nil }
        return
            "\(seenCount) of these queries are vectors of the index, which are easier to find "
            + "than new ones: the recall of new queries is lower; leave them out"
    }

    /// The operating points as people read them.
    ///
    /// - Parameter name: what the setting is called.
    func text(_ name: String) -> String {
        let columns = neighborCounts.indices.filter {
            Self.shownCounts.contains(neighborCounts[$0])
        }
        let title = "by \(sourceText), of \(counted(count, "vector")) then; ± is the standard error"
        let rows = zip(settings, points).map { setting, row in
            ["\(setting)"] + columns.map { row[$0]?.text ?? "" }
                + ["\(row.compactMap { $0?.queryCount }.max() ?? 0)"]
        }
        return title + (seenText.map { "\n" + $0 } ?? "") + "\n"
            + table(
                [.number(name)] + columns.map { .number("recall@\(neighborCounts[$0])") }
                    + [.number("queries")], rows)
    }
}

extension RecallTable.Point {
    /// The mean and its standard error.
    fileprivate var text: String {
        "\(NumberText.fixed(recall, decimals: 4)) ± \(NumberText.fixed(error, decimals: 4))"
    }
}
