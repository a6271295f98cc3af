internal import CLocks

/// A lock as C has it, with the gate that forks wait at.
@usableFromInline
@safe
struct RawLock: ~Copyable, @unchecked Sendable {
    // Unchecked: the pointer never changes, and locks are for many threads.
    private let pointer: OpaquePointer

    @usableFromInline
    init() {
        guard let made = unsafe clocks_make() else {
            preconditionFailure("There is no memory for a lock.")
        }
        unsafe pointer = made
    }

    deinit { unsafe clocks_free(pointer) }

    /// Takes the lock, and keeps forks waiting.
    @usableFromInline
    func take() {
        clocks_enter()
        unsafe clocks_take(pointer)
    }

    /// Gives the lock back.
    @usableFromInline
    func give() {
        unsafe clocks_give(pointer)
        clocks_leave()
    }

    /// Wakes whoever sleeps, and gives the lock back.
    @usableFromInline
    func giveAndWake() {
        unsafe clocks_wake(pointer)
        give()
    }

    /// Gives the lock back and sleeps until it is woken.
    @usableFromInline
    func giveAndSleep() {
        clocks_leave()
        precondition(!clocks_is_inside(), "Somebody waits inside a lock.")
        unsafe clocks_sleep(pointer)
    }

    /// Takes the lock without keeping forks waiting.
    @usableFromInline
    func takeAlone() {
        precondition(!clocks_is_inside(), "A turn is taken inside a lock.")
        unsafe clocks_take(pointer)
    }

    /// Gives back what ``takeAlone()`` took.
    @usableFromInline
    func giveAlone() { unsafe clocks_give(pointer) }
}
