import FeatureStorage
import IndexCatalog
import IndexDefinitions
public import VectorCore

/// What building an index will take, told before it is built.
public struct IndexBuildEstimate: Sendable {
    /// How many vectors there are.
    public let count: Int
    /// What the index and the work on it take.
    public let memory: IndexMemory
    /// Bytes that are taken at most while it is built: the field's vectors, the index, and the work.
    public let buildByteCount: Int
    /// How many bytes may be taken: what was allowed, else what is free; nil where the system does not
    /// say.
    public let availableByteCount: Int?

    /// Refuses what does not fit.
    ///
    /// - Throws: ``ServiceError`` with `noMemory`.
    func check() throws(ServiceError) {
        guard let available = availableByteCount, buildByteCount > available else { return }
        throw ServiceError(
            .noMemory,
            "There is no memory to build this index: that takes \(Self.mebibytes(buildByteCount)) MiB, "
                + "and \(available >> 20) MiB are free or allowed; end other programs, allow more "
                + "with --memory-limit, or use a machine with more.")
    }

    private static func mebibytes(_ bytes: Int) -> Int { (bytes + 0xF_FFFF) >> 20 }
}

extension Engine {
    /// Says what building an index would take, without building it.
    ///
    /// - Throws: ``ServiceError`` with `notFound`, or `invalidRequest` where parameters are out of range.
    public func estimate(
        _ request: IndexBuildRequest
    ) throws(ServiceError) -> IndexBuildEstimate {
        let definition = try Self.definition(of: request.kind)
        let (_, field) = try resolve(request.collection, request.vector)
        // Rows are numbered by 32 bits; whatever a counter says, the sums must not overflow.
        let count = try read { transaction throws(StorageError) in
            min(try transaction.vectorCount(of: field), Int(UInt32.max))
        }
        var options = request.options
        options.parameters = try indexing { () throws(IndexError) in
            try definition.complete(request.parameters)
        }
        let memory = definition.memory(
            count: count, dimension: field.dimension, metric: request.metric ?? field.metric,
            options: options)
        // The vectors as they are read from the store, and the number of each one's point.
        let given = count * (FloatMatrix.stride(columns: field.dimension) * 4 + 8)
        return IndexBuildEstimate(
            count: count, memory: memory, buildByteCount: given + memory.building,
            availableByteCount: request.memoryLimit ?? AvailableMemory.bytes)
    }
}

extension IndexBuildRequest {
    /// The choices as builders take them.
    var options: BuildOptions {
        BuildOptions(parameters: parameters, threads: Engine.threads(threads))
    }
}
