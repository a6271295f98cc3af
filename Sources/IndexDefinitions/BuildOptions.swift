/// What may be chosen when an index is built.
public struct BuildOptions: Sendable {
    /// The kind's own parameters; what is left out is the usual choice.
    public var parameters: IndexParameters
    /// How many threads work.
    public var threads: Int
    /// Asked now and then, by the thread that builds, whether to stop; usually whether its task is
    /// cancelled.
    public var isCancelled: @Sendable () -> Bool
    /// Told now and then how many rows of how many are done.
    public var progress: (@Sendable (_ done: Int, _ total: Int) -> Void)?

    /// Makes options.
    public init(
        parameters: IndexParameters = IndexParameters(), threads: Int,
        isCancelled: @escaping @Sendable () -> Bool = { Task.isCancelled },
        progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
    ) {
        self.parameters = parameters
        self.threads = threads
        self.isCancelled = isCancelled
        self.progress = progress
    }
}
