import Evaluation
import Foundation
import TestSupport
import Testing
import VectorCore

/// The original's published neighbours must give the original's published scores.
@Suite(.enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.skipReason)))
struct ReferenceScoreTests {
    private struct Manifest: Decodable {
        struct Block: Decodable {
            let dataset: String
            let model: String
            let layer: String
            let metric: String
            let offset: Int
            let rows: Int
            let cols: Int
        }
        let blocks: [Block]
    }

    @Test func reproducesEveryPublishedValueOfIconic200() throws {
        let manifest = try JSONDecoder().decode(
            Manifest.self, from: Data(contentsOf: url("reference/neighbors_manifest.json")))
        let neighbors = try [UInt8](Data(contentsOf: url("reference/neighbors.u8")))
        let labels = try table("iconic200/labels.csv").map { $0["label"] }
        #expect(labels.count == 200)
        var published: [String: [String: String]] = [:]
        for row in try table("reference/scores_summary.csv") {
            published[["dataset", "model", "layer", "metric"].map { row[$0] ?? "" }.description] =
                row
        }

        var compared = 0
        for block in manifest.blocks {
            let key = [block.dataset, block.model, block.layer, block.metric].description
            let row = try #require(published[key], "\(key)")
            let answers = (0..<block.rows).map { query in
                let start = block.offset + query * block.cols
                return neighbors[start..<(start + block.cols)].map { RowID(Int($0)) }
            }
            let summary = try RelevanceScore(answers: answers, labels: labels).overall
            let found = [
                ("mean_score", printed(summary.meanScore, 4)),
                ("min", printed(summary.minimumScore, 4)),
                ("median", printed(summary.medianScore, 4)),
                ("max", printed(summary.maximumScore, 4)),
                ("P@1", printed(summary.precision(at: 1), 3)),
                ("P@5", printed(summary.precision(at: 5), 3)),
                ("P@10", printed(summary.precision(at: 10), 3)),
                ("P@15", printed(summary.precision(at: 15), 3)),
                ("mAP@15", printed(summary.meanAveragePrecision, 3)),
                ("MRR", printed(summary.meanReciprocalRank, 3)),
            ]
            for (column, value) in found {
                #expect(value == row[column], "\(column) of \(key)")
            }
            compared += 1
        }
        #expect(compared == 144)
    }

    /// Rounded to so many decimals and written without needless zeros, as the table is.
    private func printed(_ value: Double, _ decimals: Int) -> String {
        var text = String(format: "%.\(decimals)f", value)
        while text.hasSuffix("0") && !text.hasSuffix(".0") { text.removeLast() }
        return text
    }

    private func url(_ name: String) -> URL {
        URL(fileURLWithPath: SharedData.path("data/\(name)"))
    }

    private func table(_ name: String) throws -> [[String: String]] {
        let lines = try String(contentsOf: url(name), encoding: .utf8)
            .split(whereSeparator: \.isNewline)
            .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        let titles = try #require(lines.first)
        return lines.dropFirst().map { cells in
            Dictionary(zip(titles, cells), uniquingKeysWith: { first, _ in first })
        }
    }
}
