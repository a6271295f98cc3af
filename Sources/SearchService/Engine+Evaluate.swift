import Evaluation
import FeatureStorage
import IndexCatalog
import IndexDefinitions
import JSON
import VectorCore

extension Engine {
    /// Scores how many of each point's nearest others carry its label, as the original did.
    ///
    /// Every labelled point asks once and leaves itself out; points without a label neither ask nor
    /// are found.
    ///
    /// The vectors of one field at a time are in memory.
    ///
    /// - Parameters:
    ///   - request: what to score.
    ///   - step: told each field before it is scored.
    /// - Throws: ``ServiceError`` with `notFound`, or `invalidRequest` where fewer than two points
    ///   have a label or `k` is out of range.
    /// - Complexity: O(points² · dimension) a field and metric where answers are exact
    public func evaluate(
        _ request: EvaluateRequest, step: (_ field: String) -> Void = { _ in }
    ) throws(ServiceError) -> EvaluationReport {
        try Self.validate(k: request.k)
        let (collection, fields) = try read { transaction throws(StorageError) in
            let collection = try transaction.existingCollection(named: request.collection)
            guard request.vectors.isEmpty else {
                var fields: [VectorField] = []
                for name in request.vectors {
                    fields.append(try transaction.existingField(named: name, of: collection))
                }
                return (collection, fields)
            }
            return (collection, try transaction.fields(of: collection))
        }
        let labels = try labels(request.label, of: collection)
        var evaluated: [EvaluatedField] = []
        var unlabelled = 0
        let labelled = labels.keys.sorted()
        for field in fields {
            step(field.name)
            let vectors = try labelledVectors(field, collection, labels, labelled)
            unlabelled = max(unlabelled, vectors.unlabelled)
            for metric in request.metrics.isEmpty ? [field.metric] : request.metrics {
                let score = try score(vectors, field, collection, metric, request)
                evaluated.append(Self.report(score, field, metric, k: request.k))
            }
        }
        return EvaluationReport(
            collection: collection.name, k: request.k, kind: request.kind?.rawValue ?? "exact",
            unlabelled: unlabelled, fields: evaluated)
    }

    private func labels(
        _ path: String, of collection: StoredCollection
    ) throws(ServiceError) -> [UInt64: String] {
        let labels = try read { transaction throws(StorageError) in
            var labels: [UInt64: String] = [:]
            try transaction.forEachPayload(of: collection) { number, payload throws(StorageError) in
                if let label = payload[path]?.stringValue { labels[number.rawValue] = label }
                return true
            }
            return labels
        }
        guard labels.count >= 2 else {
            throw ServiceError(
                .invalidRequest,
                "Fewer than two points of “\(collection.name)” have a text in “\(path)”; ingest the "
                    + "images with --labels, or name another field with --label.")
        }
        return labels
    }

    private struct LabelledVectors {
        let matrix: FloatMatrix
        let points: [UInt64]
        let labels: [String]
        let unlabelled: Int
    }

    private func labelledVectors(
        _ field: VectorField, _ collection: StoredCollection, _ labels: [UInt64: String],
        _ labelled: [UInt64]
    ) throws(ServiceError) -> LabelledVectors {
        let (vectors, total) = try read { transaction throws(StorageError) in
            (
                try FieldVectors(transaction, field, of: collection, only: labelled),
                try transaction.vectorCount(of: field)
            )
        }
        return LabelledVectors(
            matrix: vectors.matrix, points: vectors.points,
            labels: vectors.points.map { labels[$0] ?? "" },
            unlabelled: total - vectors.points.count)
    }

    private func score(
        _ vectors: LabelledVectors, _ field: VectorField, _ collection: StoredCollection,
        _ metric: DistanceMetric, _ request: EvaluateRequest
    ) throws(ServiceError) -> RelevanceScore {
        guard let kind = request.kind else {
            let answers = try indexing { () throws(IndexError) in
                try ScannedVectors(checking: vectors.matrix, metric: metric).nearest(
                    vectors.matrix,
                    SearchLimits(
                        k: min(request.k + 1, max(1, vectors.points.count)),
                        threads: Self.threads(nil)))
            }
            do {
                return try RelevanceScore(
                    answers: answers.map { $0.map(\.row) }, labels: vectors.labels, k: request.k)
            } catch {
                throw ServiceError(.invalidRequest, error.message)
            }
        }
        func opened() throws(ServiceError) -> Searcher {
            let (searcher, warnings) = try searcher(collection, field, metric, .kind(kind))
            if let warning = warnings.first { throw ServiceError(.invalidData, warning) }
            return searcher
        }
        var current = try opened()
        let labels = Dictionary(uniqueKeysWithValues: zip(vectors.points, vectors.labels))
        var score = RelevanceScore(k: request.k)
        for (row, point) in vectors.points.enumerated() {
            let query = FloatMatrix([vectors.matrix.vector(row)], columns: field.dimension)
            let task = SearchTask(
                k: request.k + vectors.unlabelled, excluded: point, threads: 1)
            let found = try searching { () throws(ServiceError) in
                do throws(ServiceError) {
                    return try current.searchBatch(query, task).first ?? []
                } catch {
                    if error.isOutdated { current = try opened() }
                    throw error
                }
            }
            score.add(
                label: vectors.labels[row],
                resultLabels: found.compactMap { labels[$0.point] }.prefix(request.k))
        }
        return score
    }

    private static func report(
        _ score: RelevanceScore, _ field: VectorField, _ metric: DistanceMetric, k: Int
    ) -> EvaluatedField {
        func scores(_ label: String?, _ summary: RelevanceSummary) -> LabelScores {
            LabelScores(
                label: label, queryCount: summary.count, score: summary.meanScore,
                precision: summary.precision(at: k),
                precisionAt10: summary.precision(at: min(k, 10)))
        }
        return EvaluatedField(
            vector: field.name, metric: metric, dimension: field.dimension,
            overall: scores(nil, score.overall),
            labels: score.byClass.map { scores($0.label, $0.summary) })
    }
}
