public import IndexCatalog
import MappedStorage
public import SearchService
public import VectorCore
import VectorKernels

extension StandaloneIndex {
    /// Builds an index.
    ///
    /// - Parameters:
    ///   - vectors: shape (count, dimension), finite. An index may be built of none and added to later;
    ///     only `matrix`, which cannot be added to, needs at least one.
    ///   - ids: one a vector, each once; nil for 0, 1, 2, …
    ///   - kind: which index.
    ///   - metric: what distances mean.
    ///   - options: the kind's own parameters, and threads; nil for the usual ones on all cores.
    /// - Throws: ``ServiceError`` with `invalidRequest` where parameters are out of range, an id
    ///   stands twice, or a matrix does not fit; `invalidData` where a number is not finite;
    ///   `inputOutput` where there is no memory.
    /// - Complexity: that of the kind
    public static func build(
        _ vectors: FloatMatrix, ids: [UInt64]? = nil, kind: IndexKind, metric: DistanceMetric,
        options: BuildOptions? = nil
    ) throws(ServiceError) -> StandaloneIndex {
        try checkInstructionSet()
        try check(ids, count: vectors.rows)
        guard kind != .matrix || vectors.rows > 0 else {
            throw ServiceError(
                .invalidRequest,
                "There are no vectors, and a matrix index cannot be added to; build it of at least one, "
                    + "or build another kind.")
        }
        let options = options ?? BuildOptions(threads: Engine.threads(nil))
        guard kind != .hnsw || options.hnsw.vectors == .index else {
            throw ServiceError(
                .invalidRequest,
                "An index that leaves its vectors in a store needs one; build it in a store, or leave "
                    + "the vectors in the index.")
        }
        return try indexing { () throws(IndexError) in
            let rows =
                if let ids { try RowIDs(ids) } else { RowIDs(numbering: vectors.rows) }
            let index = try AnyVectorIndex.build(
                kind, vectors, metric: metric, options: options)
            return StandaloneIndex(
                IndexVersion(index, ids: rows), metric: metric, dimension: vectors.columns)
        }
    }

    /// Reads the choice of instructions first, since later there is nobody to tell that it is wrong.
    static func checkInstructionSet() throws(ServiceError) {
        _ = try indexing { () throws(IndexError) in try InstructionSet.fromEnvironment() }
    }

    /// Checks that there is an id for every vector, each once.
    static func check(_ ids: [UInt64]?, count: Int) throws(ServiceError) {
        guard let ids else { return }
        guard ids.count == count else {
            throw ServiceError(
                .invalidRequest,
                "There are \(ids.count) ids for \(count) vectors; give one for each, or none.")
        }
        if let (first, second) = RowIDs.firstRepetition(in: ids) {
            throw ServiceError(
                .invalidRequest,
                "The id \(ids[second]) at position \(second) stands at position \(first) already; "
                    + "give each id once.")
        }
    }
}
