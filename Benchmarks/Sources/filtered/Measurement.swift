import Foundation
import HNSW

/// What searches of some vectors gave.
struct Measurement: Codable {
    let data: String
    let share: Double
    let pattern: Pattern
    let matches: Int
    let recall: Double
    /// Answers that were not exactly the `min(k, matches)` results that are due, sorted, each once.
    let shortAnswers: Int
    /// Vectors scored by a query, as a share of those asked for: on average, and at most.
    let meanWork: Double
    let mostWork: Double
    /// How many queries were answered by each way.
    let ways: Ways
    let queriesPerSecond: Double
    let scanQueriesPerSecond: Double

    static let heading =
        "| share | vectors | which | recall | short | work (most) | walk, two-hop, scan | queries/s "
        + "| exact scan |\n|---|---|---|---|---|---|---|---|---|"

    var line: String {
        "| \(String(format: "%g", 100 * share)) % | \(matches) | \(pattern.rawValue) | "
            + String(format: "%.4f", recall) + " | \(shortAnswers) | "
            + String(format: "%.3f (%.3f)", meanWork, mostWork) + " | "
            + "\(ways.walk), \(ways.twoHopWalk), \(ways.scan) | "
            + "\(Int(queriesPerSecond)) | \(Int(scanQueriesPerSecond)) |"
    }

    /// What is worse than is asked for, in sentences.
    var faults: [String] {
        let place = "\(data), \(100 * share) % by \(pattern.rawValue)"
        var faults: [String] = []
        if recall < Trial.leastRecall { faults.append("\(place): the recall is \(recall).") }
        if shortAnswers > 0 { faults.append("\(place): \(shortAnswers) answers are wrong.") }
        if mostWork > Trial.mostWork {
            faults.append("\(place): a query scored \(mostWork) of the vectors asked for.")
        }
        return faults
    }
}

/// How many queries were answered by each way.
struct Ways: Codable {
    var walk = 0
    var twoHopWalk = 0
    var scan = 0

    init(_ answers: [HNSWIndex.CountedAnswer]) {
        for answer in answers {
            switch answer.way {
            case .walk: walk += 1
            case .twoHopWalk: twoHopWalk += 1
            case .scan: scan += 1
            }
        }
    }
}
