/// The right to do something that takes long, which one at a time has.
///
/// A fork does not wait for it: in the child the turn is free, and what was being done there has been left
/// where it was. So whatever others may look at is changed under a ``Lock``, and is right at any moment.
public final class Turn: Sendable {
    @usableFromInline let raw = RawLock()

    /// Nobody has it.
    public init() {}

    /// Calls `body` when it is the caller's turn; it must not ask for the same turn again.
    @inlinable
    public func withTurn<Result: ~Copyable, E: Error>(
        _ body: () throws(E) -> Result
    ) throws(E) -> Result {
        raw.takeAlone()
        defer { raw.giveAlone() }
        return try body()
    }
}
