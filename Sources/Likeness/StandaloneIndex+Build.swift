import IndexCatalog
public import IndexDefinitions
import MappedStorage
public import SearchService
public import VectorCore
import VectorKernels

extension StandaloneIndex {
    /// Builds an index.
    ///
    /// - Parameters:
    ///   - vectors: shape (count, dimension), finite. An index may be built of none and added to later;
    ///     only `matrix` needs at least one.
    ///   - ids: one a vector, each once; nil for 0, 1, 2, …
    ///   - kind: which index.
    ///   - metric: what distances mean.
    ///   - options: the kind's own parameters, and threads; nil for the usual ones on all cores.
    /// - Throws: ``ServiceError`` with `invalidRequest` where there is no such kind, parameters are out of range,
    ///   an id stands twice, or a matrix does not fit; `invalidData` where a number is not finite;
    ///   `inputOutput` where there is no memory.
    /// - Complexity: that of the kind
    public static func build(
        _ vectors: FloatMatrix, ids: [UInt64]? = nil, kind: IndexKind, metric: DistanceMetric,
        options: BuildOptions? = nil
    ) throws(ServiceError) -> StandaloneIndex {
        try checkInstructionSet()
        if let ids {
            try changing { () throws(ChangeError) in try IndexChange.check(ids, count: vectors.rows)
            }
        }
        let options = options ?? BuildOptions(threads: Engine.threads(nil))
        return try indexing { () throws(IndexError) in
            let definition = try IndexCatalog.definition(of: kind)
            let rows =
                if let ids { try RowIDs(ids) } else { RowIDs(numbering: vectors.rows) }
            let index = try definition.build(vectors, metric: metric, options: options)
            guard index.keepsVectors else {
                throw IndexError(
                    .invalidParameter,
                    "An index that leaves its vectors in a store needs one; build it in a store, or leave "
                        + "the vectors in the index.")
            }
            return StandaloneIndex(index, ids: rows)
        }
    }

    /// Reads the choice of instructions first, since later there is nobody to tell that it is wrong.
    static func checkInstructionSet() throws(ServiceError) {
        _ = try indexing { () throws(IndexError) in try InstructionSet.fromEnvironment() }
    }
}
