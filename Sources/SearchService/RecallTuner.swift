import Evaluation
package import HNSW
import Synchronization
package import VectorCore

/// Finds how many candidates a graph search must keep to reach a recall, and remembers it.
///
/// Some of the index's own vectors are asked, each leaving itself out, and held to the exact answer;
/// ties count. Whoever asks while another measures waits for the result. What was found for one version
/// of an index holds for the next ones, until a fifth of its vectors are others.
package final class RecallTuner: Sendable {
    private let largest: Int
    private let measured = Mutex<[Int: Measurement]>([:])

    /// What has been measured for one `k`.
    private struct Measurement {
        /// How often the index that was measured had been changed.
        let changeCount: Int
        let queries: FloatMatrix
        let scanned: FloatMatrix
        let truth: GroundTruth
        /// For each query the rows that are as near as the farthest of the truth, where the index reads
        /// its vectors; else nothing.
        let near: [Set<UInt32>]
        /// Mean recall by efSearch.
        var recalls: [Int: Double] = [:]
        /// efSearch by the recall that was asked for.
        var found: [Double: Int] = [:]
    }

    /// How many vectors are asked, fewer where `k` is large.
    private static let sampleCount = 500
    private static let sampleNeighbors = 50_000
    /// How many rows beyond the `k` nearest are asked for at first, as they may be as near as the last.
    private static let mostTies = 64

    /// What has been measured is measured again when one in so many vectors has changed.
    private static let changesShare = 5

    /// Prepares to measure the versions of an index.
    ///
    /// - Parameter largest: the largest efSearch that is tried, unless `k` is larger; beyond the usual
    ///   one an exact answer is hardly slower.
    package init(largest: Int = 4096) {
        self.largest = largest
    }

    /// What a search with an effort asks of the graph.
    ///
    /// - Throws: ``ServiceError`` as ``efSearch(reaching:of:k:threads:)`` does.
    package func parameters(
        _ effort: SearchEffort, of index: HNSWIndex, k: Int, threads: Int?
    ) throws(ServiceError) -> SearchParameters {
        switch effort {
        case .usual, .exact: SearchParameters()
        case .efSearch(let efSearch): SearchParameters(efSearch: efSearch)
        case .recall(let recall):
            SearchParameters(
                efSearch: try efSearch(
                    reaching: recall, of: index, k: k, threads: Engine.threads(threads)))
        }
    }

    /// The smallest efSearch whose measured recall is at least `recall`.
    ///
    /// - Parameters:
    ///   - recall: above 0 and at most 1.
    ///   - index: the version that is going to be searched.
    ///   - k: how many neighbours, at least 1.
    ///   - threads: how many threads measure.
    /// - Throws: ``ServiceError`` with `invalidRequest` where no setting reaches it; the message has
    ///   the best that was reached.
    package func efSearch(
        reaching recall: Double, of index: HNSWIndex, k: Int, threads: Int
    ) throws(ServiceError) -> Int {
        guard recall > 0, recall <= 1 else {
            throw ServiceError(
                .invalidRequest,
                "The recall to reach is \(recall); it must be above 0 and at most 1."
            )
        }
        guard k >= 1 else {
            throw ServiceError(.invalidRequest, "k is \(k); ask for at least 1 neighbour.")
        }
        // One vector has no other to be compared with.
        guard index.count > 1 else { return 1 }
        let k = min(k, index.count - 1)
        return try measured.withLock { measured throws(ServiceError) in
            let known = measured[k]
            let changes = known.map { index.changeCount - $0.changeCount } ?? .max
            if let efSearch = known?.found[recall], changes >= 0,
                changes <= index.count / Self.changesShare
            {
                return min(index.count, efSearch)
            }
            var measurement =
                if let known, changes == 0 { known } else {
                    try begin(index, k: k, threads: threads)
                }
            defer { measured[k] = measurement }
            let efSearch = try smallest(reaching: recall, index, k: k, threads, &measurement)
            measurement.found[recall] = efSearch
            return efSearch
        }
    }

    /// Doubles the setting until it reaches the recall, then halves the step.
    private func smallest(
        reaching recall: Double, _ index: HNSWIndex, k: Int, _ threads: Int,
        _ measurement: inout Measurement
    ) throws(ServiceError) -> Int {
        // A search keeps at least as many candidates as it returns.
        var tooSmall = k - 1
        var enough = k
        let last = min(index.count, max(largest, 2 * k))
        while try self.recall(enough, index, k: k, threads, &measurement) < recall {
            guard enough < last else { throw Self.outOfReach(recall, k: k, measurement) }
            tooSmall = enough
            enough = min(last, 2 * enough)
        }
        while enough - tooSmall > 1 {
            let middle = (tooSmall + enough) / 2
            if try self.recall(middle, index, k: k, threads, &measurement) < recall {
                tooSmall = middle
            } else {
                enough = middle
            }
        }
        return enough
    }

    private static func outOfReach(
        _ recall: Double, k: Int, _ measurement: Measurement
    ) -> ServiceError {
        let best = measurement.recalls.max { ($0.value, $1.key) < ($1.value, $0.key) }
        let reached = best.map { "\(rounded($0.value)) at efSearch \($0.key)" } ?? "none"
        return ServiceError(
            .invalidRequest,
            "No efSearch reaches a recall@\(k) of \(recall) on vectors of this index; the best is "
                + "\(reached). Ask for less or for an exact answer, or build with a larger m.")
    }

    private static func rounded(_ recall: Double) -> Double {
        (recall * 1e5).rounded(.down) / 1e5
    }

    private func begin(
        _ index: HNSWIndex, k: Int, threads: Int
    ) throws(ServiceError) -> Measurement {
        let sample = min(
            index.count, max(50, min(Self.sampleCount, Self.sampleNeighbors / k)))
        let shown = index.shown.rows
        // Where groups take turns, evenly spaced rows would be of some groups only.
        var generator = SplitMix64(seed: UInt64(shown.count))
        let chosen = (0..<sample).map { part in
            let places = part * shown.count / sample..<(part + 1) * shown.count / sample
            return Int(shown[Int.random(in: places, using: &generator)])
        }
        let extra = index.keepsVectors ? 0 : Self.mostTies
        let (rows, queries, answers) = try indexing { () throws(IndexError) in
            // What others write meanwhile must not keep this from ending.
            let index = index.withoutOutdated
            let (rows, queries) = try index.sample(chosen)
            // All that were chosen are others by now.
            guard !rows.isEmpty else { throw StoredRows.outdated }
            return (
                rows, queries,
                try index.searchBatchExactly(queries, k: k + 1 + extra, threads: threads)
            )
        }
        let truth = try evaluating { () throws(EvaluationError) in
            try GroundTruth(answers: answers, k: k, excluding: rows.map { RowID($0) })
        }
        let near = index.keepsVectors ? [] : try rowsAsNear(index, queries, truth, answers, threads)
        return Measurement(
            changeCount: index.changeCount, queries: queries, scanned: index.scanned(queries),
            truth: truth, near: near)
    }

    private func recall(
        _ efSearch: Int, _ index: HNSWIndex, k: Int, _ threads: Int,
        _ measurement: inout Measurement
    ) throws(ServiceError) -> Double {
        if let known = measurement.recalls[efSearch] { return known }
        guard index.keepsVectors else {
            let recall = try recallByRows(efSearch, index, k: k, threads, measurement)
            measurement.recalls[efSearch] = recall
            return recall
        }
        let (queries, scanned, truth) = (
            measurement.queries, measurement.scanned, measurement.truth
        )
        let answers = try indexing { () throws(IndexError) in
            // The vector itself is among them, and does not count.
            try index.searchBatch(
                queries, k: k + 1, parameters: SearchParameters(efSearch: efSearch),
                threads: threads)
        }
        let recall = try evaluating { () throws(EvaluationError) in
            try truth.recall(of: answers, at: k) { query, row in
                index.exactDistance(scanned, query, row)
            }
        }.mean
        measurement.recalls[efSearch] = recall
        return recall
    }

    /// For each query the rows that are as near as the farthest of the truth.
    ///
    /// - Parameter answers: exact, and some rows longer than the truth. Where these are all as near, more
    ///   are asked for.
    private func rowsAsNear(
        _ index: HNSWIndex, _ queries: FloatMatrix, _ truth: GroundTruth,
        _ answers: [[Neighbor]], _ threads: Int
    ) throws(ServiceError) -> [Set<UInt32>] {
        let farthest = truth.neighbors.map { $0.last?.distance ?? -.infinity }
        var answers = answers
        var asked = truth.k + 1 + Self.mostTies
        while asked < index.count {
            let short = answers.indices.filter {
                answers[$0].last.map(\.distance) ?? .infinity <= farthest[$0]
            }
            guard !short.isEmpty else { break }
            asked = min(index.count, 16 * asked)
            let longer = try indexing { () throws(IndexError) in
                try index.withoutOutdated.searchBatchExactly(
                    queries.selecting(rows: short), k: asked, threads: threads)
            }
            for (query, answer) in zip(short, longer) { answers[query] = answer }
        }
        return zip(answers, farthest).map { answer, farthest in
            Set(answer.lazy.filter { $0.distance <= farthest }.map(\.row.rawValue))
        }
    }

    /// The recall of an index that reads its vectors: none are read, as those that the truth has may be
    /// others by now.
    ///
    /// What is among the nearest, and among the rows that a search measures, is in its answer.
    private func recallByRows(
        _ efSearch: Int, _ index: HNSWIndex, k: Int, _ threads: Int, _ measurement: Measurement
    ) throws(ServiceError) -> Double {
        let measured = try indexing { () throws(IndexError) in
            try index.measuredRows(
                measurement.queries, k: k + 1, efSearch: efSearch, threads: threads)
        }
        let truth = measurement.truth
        let shares = measured.enumerated().map { query, rows in
            let asked = truth.excluded[query]?.rawValue
            let near = measurement.near[query]
            let wanted = truth.neighbors[query].count
            let found = rows.count { $0 != asked && near.contains($0) }
            return wanted == 0 ? 1 : Double(min(found, wanted)) / Double(wanted)
        }
        return shares.reduce(0, +) / Double(max(1, shares.count))
    }

    private func evaluating<R>(
        _ body: () throws(EvaluationError) -> R
    ) throws(ServiceError) -> R {
        do {
            return try body()
        } catch {
            throw ServiceError(.invalidRequest, error.message)
        }
    }
}
