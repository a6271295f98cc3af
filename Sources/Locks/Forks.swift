internal import CLocks

/// What has to be known of forks.
///
/// A process may be forked while it uses the library. The child then has everything in memory as it was, but
/// one thread alone.
public enum Forks {
    /// A number that differs between a process and those that it was forked from.
    public static var generation: UInt64 { clocks_generation() }

    /// Calls `body` with no fork meanwhile; what its bodies may do is said at ``Lock``.
    public static func holding<Result: ~Copyable, E: Error>(
        _ body: () throws(E) -> Result
    ) throws(E) -> Result {
        clocks_enter()
        defer { clocks_leave() }
        return try body()
    }

    /// Whether the calling thread keeps forks waiting.
    package static var areHeld: Bool { clocks_is_inside() }

    /// Has the calling thread count as one that keeps forks waiting, as one that does so waits for it.
    package static func holdForOther() { clocks_enter_for_other() }

    /// Has forked processes close a file at once, so that they do not hold its locks.
    ///
    /// - Returns: false where too many files are noted.
    public static func closeInChild(_ descriptor: Int32) -> Bool {
        clocks_close_in_child(descriptor)
    }

    /// Ends that, before the file is closed.
    public static func forget(_ descriptor: Int32) { clocks_forget(descriptor) }
}
