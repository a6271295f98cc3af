import Evaluation
import FeatureStorage
import IndexCatalog
import IndexDefinitions
import LinearAlgebra
import MappedStorage
import VectorCore
import VectorKernels

extension Engine {
    /// Measures index kinds against the exact answer.
    ///
    /// The exact answers are computed in the same run. A published index is used where it is true
    /// for the store as it is; otherwise the kind is built for the occasion, and its note says so.
    /// A graph for the occasion is built without queries that are sampled; a published one holds them, which
    /// ``ComparedKind/queriesSeen`` tells.
    ///
    /// - Parameters:
    ///   - request: what to compare.
    ///   - progress: told in a few words what is being done.
    /// - Throws: ``ServiceError`` with `notFound`, `invalidRequest` or `invalidData`.
    public func compare(
        _ request: CompareRequest, progress: (@Sendable (String) -> Void)? = nil
    ) throws(ServiceError) -> ComparisonReport {
        try Self.validate(k: request.k)
        var definitions: [any IndexDefinition] = []
        for kind in request.kinds { definitions.append(try Self.definition(of: kind)) }
        let threads = Self.threads(request.threads)
        let (collection, field) = try resolve(request.collection, request.vector)
        let metric = request.metric ?? field.metric
        progress?("reading vectors")
        let vectors = try read { transaction throws(StorageError) in
            try FieldVectors(transaction, field, of: collection)
        }
        let queries = try comparisonQueries(request, vectors, field)
        progress?("measuring the machine")
        let limits = MeasuredLimits(
            instructionSet: InstructionSet.best.rawValue, threads: threads,
            gflops: MachineLimits.measuredSGEMMRate(threads: threads),
            gigabytesPerSecond: MachineLimits.measuredMemoryBandwidth(threads: 1))
        let comparison = Comparison(
            metric: metric, k: request.k, threads: threads, vectors: vectors.matrix,
            queries: queries)
        progress?("answering \(queries.matrix.rows) queries exactly")
        let exact = try comparison.exactAnswers()
        var compared: [ComparedKind] = []
        var warnings: [String] = []
        for definition in definitions {
            progress?("measuring \(definition.kind)")
            let publication = try publication(
                of: definition.kind, collection, field, metric, vectors, &warnings)
            compared.append(
                try comparison.measure(
                    definition, publication, byteLimit: request.byteLimit, truth: exact.truth))
        }
        return ComparisonReport(
            collection: collection.name, vector: field.name, metric: metric,
            count: vectors.points.count, dimension: field.dimension, k: request.k,
            queryCount: queries.matrix.rows, leavesItselfOut: queries.rows != nil,
            limits: limits, exactSeconds: exact.seconds, exactGflops: exact.gflops,
            kinds: compared, warnings: warnings)
    }

    private func comparisonQueries(
        _ request: CompareRequest, _ vectors: FieldVectors, _ field: VectorField
    ) throws(ServiceError) -> ComparisonQueries {
        guard vectors.points.count >= 2 else {
            throw ServiceError(
                .invalidRequest,
                "The field “\(field.name)” holds \(vectors.points.count) vectors; a comparison needs "
                    + "at least 2.")
        }
        switch request.queries {
        case .file(let path):
            let matrix = try Self.vectors(path, dimension: field.dimension)
            guard matrix.rows >= 1 else {
                throw ServiceError(.invalidData, "\(path) holds no queries.")
            }
            return ComparisonQueries(
                matrix: matrix, rows: nil, seenCount: vectors.matrix.countRows(among: matrix))
        case .sample(let asked):
            guard asked >= 1 else {
                throw ServiceError(
                    .invalidRequest, "\(asked) queries were asked for; ask for at least 1.")
            }
            let rows = Self.sampledRows(asked, of: vectors.points.count)
            let matrix = vectors.matrix.selecting(rows: rows)
            return ComparisonQueries(matrix: matrix, rows: rows)
        }
    }

    /// What a comparison's queries are drawn from.
    private static let samplingSeed: UInt64 = 0x636F_6D70
    /// So many queries at least, as far as there are twice as many vectors.
    private static let fewSampled = 100

    /// Rows that ask, one from each of as many equal parts, ascending.
    ///
    /// At most a tenth, or half where there are few, so that what is built without them is like the whole.
    static func sampledRows(_ asked: Int, of all: Int) -> [Int] {
        let count = min(asked, max(all / 10, min(fewSampled, all / 2)))
        var generator = SplitMix64(seed: samplingSeed)
        return (0..<count).map { part in
            Int.random(in: part * all / count..<(part + 1) * all / count, using: &generator)
        }
    }

    /// A published index, where it is sound and its vectors are the store's present ones.
    private func publication(
        of kind: IndexKind, _ collection: StoredCollection, _ field: VectorField,
        _ metric: DistanceMetric, _ vectors: FieldVectors, _ warnings: inout [String]
    ) throws(ServiceError) -> Comparison.Publication {
        let entry = try read { transaction throws(StorageError) in
            try transaction.index(named: Self.indexName(kind, metric), of: field)
        }
        guard let entry else { return .none("none is published") }
        let isCurrent = try read { transaction throws(StorageError) in
            var isCurrent = true
            try transaction.forEachChange(after: entry.sequence) { change throws(StorageError) in
                isCurrent = !change.fieldIDs.contains(field.id)
                return isCurrent
            }
            return isCurrent
        }
        guard isCurrent else { return .none("vectors have changed since one was published") }
        do throws(IndexError) {
            let snapshot = try snapshot(entry, of: field)
            guard snapshot.points == vectors.points else {
                return .none("vectors have changed since one was published")
            }
            let ids = try RowIDs(snapshot.points)
            let index = snapshot.index.readable(
                { StoredRows(store, field, $0, sequence: vectors.sequence) }, ids)
            return .published(
                Comparison.Built(index: index, buildSeconds: entry.buildSeconds))
        } catch {
            warnings.append(error.message)
            return .none("the published one is damaged")
        }
    }
}
