public import HNSW

/// What may be chosen when an index is built.
public struct BuildOptions: Sendable {
    /// How an HNSW graph is built.
    public var hnsw: HNSWParameters
    /// How many bytes a matrix may take before it is refused.
    public var matrixByteLimit: Int
    /// How many threads work.
    public var threads: Int
    /// Asked now and then, by the thread that builds, whether to stop; usually whether its task is
    /// cancelled.
    public var isCancelled: @Sendable () -> Bool
    /// Told now and then how many rows of how many are done.
    public var progress: (@Sendable (_ done: Int, _ total: Int) -> Void)?

    /// Makes options.
    public init(
        hnsw: HNSWParameters = HNSWParameters(), matrixByteLimit: Int = 4 << 30, threads: Int,
        isCancelled: @escaping @Sendable () -> Bool = { Task.isCancelled },
        progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
    ) {
        self.hnsw = hnsw
        self.matrixByteLimit = matrixByteLimit
        self.threads = threads
        self.isCancelled = isCancelled
        self.progress = progress
    }
}
