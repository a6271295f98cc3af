import Evaluation
import FeatureStorage
import Flat
import IndexCatalog
import LinearAlgebra
import VectorCore
import VectorKernels

extension Engine {
    /// Measures index kinds against the exact answer.
    ///
    /// The exact answers are computed in the same run. A published index is used where it is true
    /// for the store as it is; otherwise the kind is built for the occasion.
    ///
    /// - Parameters:
    ///   - request: what to compare.
    ///   - progress: told in a few words what is being done.
    /// - Throws: ``ServiceError`` with `notFound`, `invalidRequest` or `invalidData`.
    public func compare(
        _ request: CompareRequest, progress: (@Sendable (String) -> Void)? = nil
    ) throws(ServiceError) -> ComparisonReport {
        guard request.k >= 1 else {
            throw ServiceError(.invalidRequest, "k is \(request.k); compare at least 1 neighbour.")
        }
        var kinds: [IndexKind] = []
        for name in request.kinds { kinds.append(try Self.kind(name)) }
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
        for kind in kinds {
            progress?("measuring \(kind.rawValue)")
            let published = try publishedSnapshot(kind, collection, field, metric, vectors)
            compared.append(
                try comparison.measure(
                    kind, published: published, matrixByteLimit: request.matrixByteLimit,
                    truth: exact.truth))
        }
        return ComparisonReport(
            collection: collection.name, vector: field.name, metric: metric,
            count: vectors.points.count, dimension: field.dimension, k: request.k,
            queryCount: queries.matrix.rows, leavesItselfOut: queries.rows != nil,
            limits: limits, exactSeconds: exact.seconds, exactGflops: exact.gflops,
            kinds: compared)
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
            return ComparisonQueries(matrix: matrix, rows: nil)
        case .sample(let asked):
            guard asked >= 1 else {
                throw ServiceError(
                    .invalidRequest, "\(asked) queries were asked for; ask for at least 1.")
            }
            let count = min(asked, vectors.points.count)
            let rows = (0..<count).map { $0 * vectors.points.count / count }
            let matrix = unsafe FloatMatrix(rows: count, columns: field.dimension) { row, target in
                let vector = vectors.matrix[rows[row]]
                for i in vector.indices { unsafe target[i] = vector[i] }
            }
            return ComparisonQueries(matrix: matrix, rows: rows)
        }
    }

    /// A published index, where its vectors are the store's present ones.
    private func publishedSnapshot(
        _ kind: IndexKind, _ collection: StoredCollection, _ field: VectorField,
        _ metric: DistanceMetric, _ vectors: FieldVectors
    ) throws(ServiceError) -> Comparison.Published? {
        let (entry, isCurrent) = try read { transaction throws(StorageError) in
            guard
                let entry = try transaction.index(
                    named: Self.indexName(kind, metric), of: field)
            else { return (nil as IndexEntry?, false) }
            var isCurrent = true
            try transaction.forEachChange(after: entry.sequence) { change throws(StorageError) in
                isCurrent = !change.fieldIDs.contains(field.id)
                return isCurrent
            }
            return (entry, isCurrent)
        }
        guard let entry, isCurrent,
            let snapshot = try? IndexSnapshot(
                opening: path(of: entry.file), environment: environment),
            snapshot.points == vectors.points
        else { return nil }
        return Comparison.Published(index: snapshot.index, buildSeconds: entry.buildSeconds)
    }
}
