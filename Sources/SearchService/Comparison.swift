import Evaluation
import IndexDefinitions
import VectorCore
import VectorKernels

/// The measuring of index kinds on one set of vectors and queries.
struct Comparison {
    let metric: DistanceMetric
    let k: Int
    let threads: Int
    let vectors: FloatMatrix
    let queries: ComparisonQueries

    /// An index to measure.
    struct Built {
        let index: any FileBackedIndex
        let buildSeconds: Double
    }

    /// Whether a kind that is measured is one that searches use.
    enum Publication {
        /// It is: this is what was published.
        case published(Built)
        /// It is not, and must be built for the occasion; why, in a few words.
        case none(String)
    }

    /// The exact answers, and how fast they came.
    struct ExactAnswers {
        let truth: GroundTruth
        let seconds: Double
        let gflops: Double
    }

    /// Answers all queries exactly, in one batch on all threads.
    func exactAnswers() throws(ServiceError) -> ExactAnswers {
        let index = try indexing { () throws(IndexError) in
            try ScannedVectors(checking: vectors, metric: metric)
        }
        let (answers, seconds) = try batch(index, .usual, threads: threads, passes: 2)
        let operations =
            2 * Double(vectors.rows) * Double(vectors.columns) * Double(queries.matrix.rows)
        return ExactAnswers(
            truth: try truth(answers), seconds: seconds, gflops: operations / seconds / 1e9)
    }

    /// Builds a kind where it is not published, and measures it.
    func measure(
        _ definition: any IndexDefinition, _ publication: Publication, byteLimit: Int,
        truth: GroundTruth
    ) throws(ServiceError) -> ComparedKind {
        let reason: String
        switch publication {
        case .published(let built):
            return try measure(built, truth: truth, note: Self.seenNote(built, queries))
        case .none(let why): reason = why
        }
        if !definition.isExact, let rows = queries.rows {
            return try measureWithout(rows, definition, reason: reason)
        }
        let parameters = Self.parameters(definition, byteLimit: byteLimit)
        let fitting = min(vectors.rows, definition.largestCount(parameters))
        guard fitting == vectors.rows else {
            return try measurePart(definition, rows: fitting, byteLimit: byteLimit)
        }
        let built = try build(definition, parameters)
        let seen = definition.isExact ? "" : queries.seenSentence.map { ". " + $0 } ?? ""
        return try measure(
            built, truth: truth, note: "built with default parameters for this: \(reason)\(seen)")
    }

    /// What is said where a published graph holds the queries.
    private static func seenNote(_ built: Built, _ queries: ComparisonQueries) -> String? {
        guard !built.index.definition.isExact else { return nil }
        guard queries.rows != nil else { return queries.seenSentence }
        let sentence =
            "the published index holds these queries, and recall for new ones is lower; --queries FILE "
            + "measures it"
        guard let table = built.index.recallTable else { return sentence }
        let source =
            switch table.source {
            case .heldOut: "vectors that were held out of its build"
            case .changes: "vectors taken out after changes"
            case .queries: "the queries that it was tuned with"
            }
        return sentence + ". Unseen is the recall of \(source), \(table.queryCount) of them"
    }

    /// Builds a kind of the vectors that do not ask, and measures it against the exact answers among those.
    private func measureWithout(
        _ rows: [Int], _ definition: any IndexDefinition, reason: String
    ) throws(ServiceError) -> ComparedKind {
        let asking = Set(rows)
        let comparison = Comparison(
            metric: metric, k: k, threads: threads,
            vectors: vectors.selecting(rows: (0..<vectors.rows).filter { !asking.contains($0) }),
            queries: ComparisonQueries(matrix: queries.matrix, rows: nil))
        let truth = try comparison.exactAnswers().truth
        let built = try comparison.build(
            definition, Self.parameters(definition, byteLimit: .max))
        return try comparison.measure(
            built, truth: truth,
            note: "built with default parameters for this, without the queries: \(reason)")
    }

    /// Measures a kind on the first vectors only, against the exact answers among those.
    private func measurePart(
        _ definition: any IndexDefinition, rows: Int, byteLimit: Int
    ) throws(ServiceError) -> ComparedKind {
        let whole = vectors.rows
        guard rows >= 2 else {
            return ComparedKind(
                kind: definition.kind.rawValue, count: 0, buildSeconds: 0, bytesPerVector: 0,
                queriesSeen: false,
                note: "not measured: not even two vectors fit \(byteLimit) bytes",
                settings: [])
        }
        let part = vectors.selecting(rows: 0..<rows)
        let comparison = Comparison(
            metric: metric, k: k, threads: threads, vectors: part,
            queries: queries.within(rows: rows))
        let truth = try comparison.exactAnswers().truth
        let built = try comparison.build(
            definition, Self.parameters(definition, byteLimit: byteLimit))
        return try comparison.measure(
            built, truth: truth,
            note: "holds the first \(rows) of \(whole) vectors, as many as fit "
                + "\(byteLimit >> 20) MiB; recall is among those")
    }

    /// What an index is built with for a comparison: the usual, within a limit where its kind has one.
    private static func parameters(
        _ definition: any IndexDefinition, byteLimit: Int
    ) -> IndexParameters {
        var parameters = IndexParameters()
        for parameter in definition.parameters {
            switch parameter.form {
            case .bytes: parameters[parameter.name] = .number(UInt64(clamping: byteLimit))
            // What searches find is measured here, and so it need not be while it is built.
            case .flag where parameter.name == IndexParameter.measuringRecall:
                parameters[parameter.name] = .flag(false)
            default: break
            }
        }
        return parameters
    }

    private func build(
        _ definition: any IndexDefinition, _ parameters: IndexParameters
    ) throws(ServiceError) -> Built {
        let clock = Stopwatch()
        let index = try indexing { () throws(IndexError) in
            try definition.build(
                vectors, metric: metric,
                options: BuildOptions(parameters: parameters, threads: threads))
        }
        return Built(index: index, buildSeconds: clock.seconds)
    }

    private func measure(
        _ published: Built, truth: GroundTruth, note: String?
    ) throws(ServiceError) -> ComparedKind {
        let index = published.index
        var settings: [ComparedSetting] = []
        let sweep = index.definition.sweep(k: k).map { SearchLimits.Effort.setting($0) }
        for effort in sweep.isEmpty ? [.usual] : sweep {
            settings.append(try measure(index, effort, truth: truth))
            // Past this each further mistake costs more effort than all that was measured before.
            if let last = settings.last, (last.unseenRecall ?? last.recall) >= 0.999 { break }
            if case .setting(let setting) = effort, setting >= index.exhaustiveSetting { break }
        }
        return ComparedKind(
            kind: index.kind.rawValue, count: index.count,
            buildSeconds: published.buildSeconds,
            bytesPerVector: Double(index.memoryBytes) / Double(max(1, index.count)),
            queriesSeen: isSeen(index), note: note, settings: settings)
    }

    /// Whether an index holds the queries and is not exact.
    private func isSeen(_ index: any FileBackedIndex) -> Bool {
        queries.areSeen && !index.definition.isExact
    }

    private func measure(
        _ index: any FileBackedIndex, _ effort: SearchLimits.Effort, truth: GroundTruth
    ) throws(ServiceError) -> ComparedSetting {
        let (answers, batchSeconds) = try batch(index, effort, threads: threads, passes: 2)
        let recall: Double
        do {
            recall = try truth.recall(of: answers, at: k, exactDistance: exactDistance).mean
        } catch {
            throw ServiceError(.invalidRequest, error.message)
        }
        var latencies: [Double] = []
        var best = Double.infinity
        for _ in 0..<(index.definition.isExact ? 1 : 3) {
            var times: [Double] = []
            let pass = Stopwatch()
            for query in 0..<singleQueryCount(index) {
                let clock = Stopwatch()
                _ = try search(index, query, effort)
                times.append(clock.seconds)
            }
            let seconds = pass.seconds / Double(max(1, times.count))
            if seconds < best {
                best = seconds
                latencies = times
            }
        }
        let latency = LatencySummary(latencies)
        var parameter: Int?
        if case .setting(let setting) = effort { parameter = setting }
        let name = index.definition.setting?.name ?? ""
        return ComparedSetting(
            setting: parameter.map { "\(name) \($0)" } ?? "", recall: recall,
            unseenRecall: isSeen(index)
                ? parameter.flatMap { index.recallTable?.recall(at: $0, k: k) } : nil,
            queriesPerSecond: 1 / best,
            batchQueriesPerSecond: Double(queries.matrix.rows) / batchSeconds,
            p50: (latency?.p50 ?? 0) * 1e6, p95: (latency?.p95 ?? 0) * 1e6,
            p99: (latency?.p99 ?? 0) * 1e6)
    }

    /// Single exact queries may read every vector, so a few of them tell as much as all.
    private func singleQueryCount(_ index: any FileBackedIndex) -> Int {
        index.definition.isExact ? min(200, queries.matrix.rows) : queries.matrix.rows
    }

    /// One query where each leaves itself out asks for one more.
    private func limits(_ effort: SearchLimits.Effort, threads: Int) -> SearchLimits {
        SearchLimits(k: queries.rows == nil ? k : k + 1, effort: effort, threads: threads)
    }

    private func search(
        _ index: any VectorIndex, _ query: Int, _ effort: SearchLimits.Effort
    ) throws(ServiceError) -> [Neighbor] {
        try indexing { () throws(IndexError) in
            try index.nearest(queries.matrix[query], limits(effort, threads: 1))
        }
    }

    /// All queries at once: the answers, and the seconds of the fastest pass.
    private func batch(
        _ index: any VectorIndex, _ effort: SearchLimits.Effort, threads: Int, passes: Int
    ) throws(ServiceError) -> (answers: [[Neighbor]], seconds: Double) {
        var best = Double.infinity
        var answers: [[Neighbor]] = []
        for _ in 0..<passes {
            let clock = Stopwatch()
            answers = try indexing { () throws(IndexError) in
                try index.nearest(queries.matrix, limits(effort, threads: threads))
            }
            best = min(best, clock.seconds)
        }
        return (answers, best)
    }

    private func truth(_ answers: [[Neighbor]]) throws(ServiceError) -> GroundTruth {
        do {
            return try GroundTruth(
                answers: answers, k: k,
                excluding: queries.rows?.map { RowID($0) } ?? [])
        } catch {
            throw ServiceError(.invalidRequest, error.message)
        }
    }

    private func exactDistance(_ query: Int, _ row: RowID) -> Float {
        let kernel = DistanceKernel(metric)
        return unsafe Float(
            kernel.precise(
                queries.matrix.pointer(row: query), vectors.pointer(row: row.position),
                dimension: vectors.columns))
    }
}
