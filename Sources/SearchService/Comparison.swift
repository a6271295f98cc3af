import Evaluation
import Flat
import HNSW
import IndexCatalog
import Matrix
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
        let index: AnyVectorIndex
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
            try FlatIndex.build(vectors, metric: metric)
        }
        let (answers, seconds) = try batch(.flat(index), nil, threads: threads, passes: 2)
        let operations =
            2 * Double(vectors.rows) * Double(vectors.columns) * Double(queries.matrix.rows)
        return ExactAnswers(
            truth: try truth(answers), seconds: seconds, gflops: operations / seconds / 1e9)
    }

    /// Builds a kind where it is not published, and measures it.
    func measure(
        _ kind: IndexKind, _ publication: Publication, matrixByteLimit: Int, truth: GroundTruth
    ) throws(ServiceError) -> ComparedKind {
        let reason: String
        switch publication {
        case .published(let built):
            return try measure(built, truth: truth, note: Self.seenNote(built, queries))
        case .none(let why): reason = why
        }
        if kind == .hnsw, let rows = queries.rows {
            return try measureWithout(rows, kind, reason: reason)
        }
        let fitting =
            kind == .matrix
            ? min(
                vectors.rows,
                MatrixIndex.largestCount(byteLimit: matrixByteLimit))
            : vectors.rows
        guard fitting == vectors.rows else {
            return try measurePart(kind, rows: fitting, matrixByteLimit: matrixByteLimit)
        }
        let built = try build(kind, matrixByteLimit: matrixByteLimit)
        let seen = kind.isExact ? "" : queries.seenSentence.map { ". " + $0 } ?? ""
        return try measure(
            built, truth: truth, note: "built with default parameters for this: \(reason)\(seen)")
    }

    /// What is said where a published graph holds the queries.
    private static func seenNote(_ built: Built, _ queries: ComparisonQueries) -> String? {
        guard case .hnsw(let index) = built.index else { return nil }
        guard queries.rows != nil else { return queries.seenSentence }
        let sentence =
            "the published index holds these queries, and recall for new ones is lower; --queries FILE "
            + "measures it"
        guard let table = index.recallTable else { return sentence }
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
        _ rows: [Int], _ kind: IndexKind, reason: String
    ) throws(ServiceError) -> ComparedKind {
        let asking = Set(rows)
        let comparison = Comparison(
            metric: metric, k: k, threads: threads,
            vectors: vectors.selecting(rows: (0..<vectors.rows).filter { !asking.contains($0) }),
            queries: ComparisonQueries(matrix: queries.matrix, rows: nil))
        let truth = try comparison.exactAnswers().truth
        let built = try comparison.build(kind, matrixByteLimit: 0)
        return try comparison.measure(
            built, truth: truth,
            note: "built with default parameters for this, without the queries: \(reason)")
    }

    /// Measures a kind on the first vectors only, against the exact answers among those.
    private func measurePart(
        _ kind: IndexKind, rows: Int, matrixByteLimit: Int
    ) throws(ServiceError) -> ComparedKind {
        let whole = vectors.rows
        guard rows >= 2 else {
            return ComparedKind(
                kind: kind.rawValue, count: 0, buildSeconds: 0, bytesPerVector: 0,
                queriesSeen: false,
                note: "not measured: not even two vectors fit \(matrixByteLimit) bytes",
                settings: [])
        }
        let part = vectors.selecting(rows: 0..<rows)
        let comparison = Comparison(
            metric: metric, k: k, threads: threads, vectors: part,
            queries: queries.within(rows: rows))
        let truth = try comparison.exactAnswers().truth
        let built = try comparison.build(kind, matrixByteLimit: matrixByteLimit)
        return try comparison.measure(
            built, truth: truth,
            note: "holds the first \(rows) of \(whole) vectors, as many as fit "
                + "\(matrixByteLimit >> 20) MiB; recall is among those")
    }

    private func build(
        _ kind: IndexKind, matrixByteLimit: Int
    ) throws(ServiceError) -> Built {
        let clock = Stopwatch()
        let index = try indexing { () throws(IndexError) in
            try AnyVectorIndex.build(
                kind, vectors, metric: metric,
                options: BuildOptions(
                    // What searches find is measured here, and so it need not be while it is built.
                    hnsw: HNSWParameters(measuresRecall: false), matrixByteLimit: matrixByteLimit,
                    threads: threads))
        }
        return Built(index: index, buildSeconds: clock.seconds)
    }

    private func measure(
        _ published: Built, truth: GroundTruth, note: String?
    ) throws(ServiceError) -> ComparedKind {
        let index = published.index
        var settings: [ComparedSetting] = []
        for parameter in sweep(index.kind) {
            settings.append(try measure(index, parameter, truth: truth))
            // Past this each further mistake costs more effort than all that was measured before.
            if let last = settings.last, (last.unseenRecall ?? last.recall) >= 0.999 { break }
        }
        return ComparedKind(
            kind: index.kind.rawValue, count: index.base.count,
            buildSeconds: published.buildSeconds,
            bytesPerVector: Double(index.base.memoryBytes) / Double(max(1, index.base.count)),
            queriesSeen: isSeen(index), note: note, settings: settings)
    }

    /// Whether an index holds the queries and is not exact.
    private func isSeen(_ index: AnyVectorIndex) -> Bool {
        queries.areSeen && !index.kind.isExact
    }

    /// The settings of a kind's search parameter, in growing order.
    private func sweep(_ kind: IndexKind) -> [Int?] {
        switch kind {
        case .flat, .matrix:
            return [nil]
        case .hnsw:
            let usual = [
                10, 12, 14, 17, 20, 24, 28, 34, 40, 56, 80, 112, 160, 226, 320, 452, 640, 1000,
            ]
            // A search keeps at least k candidates, so smaller settings are all the same as k.
            return ([k] + usual.filter { $0 > k }).map(Optional.some)
        }
    }

    private func measure(
        _ index: AnyVectorIndex, _ parameter: Int?, truth: GroundTruth
    ) throws(ServiceError) -> ComparedSetting {
        let (answers, batchSeconds) = try batch(index, parameter, threads: threads, passes: 2)
        let recall: Double
        do {
            recall = try truth.recall(of: answers, at: k, exactDistance: exactDistance).mean
        } catch {
            throw ServiceError(.invalidRequest, error.message)
        }
        var latencies: [Double] = []
        var best = Double.infinity
        for _ in 0..<(index.kind.isExact ? 1 : 3) {
            var times: [Double] = []
            let pass = Stopwatch()
            for query in 0..<singleQueryCount(index) {
                let clock = Stopwatch()
                _ = try search(index, query, parameter)
                times.append(clock.seconds)
            }
            let seconds = pass.seconds / Double(max(1, times.count))
            if seconds < best {
                best = seconds
                latencies = times
            }
        }
        let latency = LatencySummary(latencies)
        return ComparedSetting(
            setting: parameter.map { "efSearch \($0)" } ?? "", recall: recall,
            unseenRecall: isSeen(index)
                ? parameter.flatMap { index.operatingPoints?.recall(at: $0, k: k) } : nil,
            queriesPerSecond: 1 / best,
            batchQueriesPerSecond: Double(queries.matrix.rows) / batchSeconds,
            p50: (latency?.p50 ?? 0) * 1e6, p95: (latency?.p95 ?? 0) * 1e6,
            p99: (latency?.p99 ?? 0) * 1e6)
    }

    /// Single exact queries read every vector, so a few of them tell as much as all.
    private func singleQueryCount(_ index: AnyVectorIndex) -> Int {
        index.kind == .flat ? min(200, queries.matrix.rows) : queries.matrix.rows
    }

    private func search(
        _ index: AnyVectorIndex, _ query: Int, _ parameter: Int?
    ) throws(ServiceError) -> [Neighbor] {
        try indexing { () throws(IndexError) in
            if let row = queries.rows?[query], case .matrix(let matrix) = index {
                return try matrix.neighbors(of: RowID(row), k: k, excludingItself: true)
            }
            return try index.base.search(
                queries.matrix[query], k: queries.rows == nil ? k : k + 1,
                parameters: SearchParameters(efSearch: parameter))
        }
    }

    /// All queries at once: the answers, and the seconds of the fastest pass.
    private func batch(
        _ index: AnyVectorIndex, _ parameter: Int?, threads: Int, passes: Int
    ) throws(ServiceError) -> (answers: [[Neighbor]], seconds: Double) {
        var best = Double.infinity
        var answers: [[Neighbor]] = []
        for _ in 0..<passes {
            let clock = Stopwatch()
            if queries.rows != nil, case .matrix = index {
                answers = []
                for query in 0..<queries.matrix.rows {
                    answers.append(try search(index, query, parameter))
                }
            } else {
                answers = try indexing { () throws(IndexError) in
                    try index.base.searchBatch(
                        queries.matrix, k: queries.rows == nil ? k : k + 1,
                        parameters: SearchParameters(efSearch: parameter), threads: threads)
                }
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
