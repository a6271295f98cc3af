import Locks
import Synchronization
public import VectorCore
import WorkerThreads

/// Checks of something that is already in use, each made once: in the background, or by whoever needs their result.
///
/// Nobody waits for another: who needs all results makes the checks that another thread has begun as well. So a forked process,
/// which has none of the threads, can go on.
public final class DeferredChecks: Sendable {
    /// A check; it may end early where it is told that nobody wants its result any more.
    public typealias Check = @Sendable (_ isStopped: () -> Bool) throws(IndexError) -> Void

    private struct State {
        /// Nil where one is done.
        var checks: [Check?] = []
        /// The first that nobody has begun.
        var next = 0
        var fault: IndexError?
    }

    private let state = Lock(State())
    // Searches look at this, and at nothing else.
    private let isFaulty = Atomic(false)
    private let isStopped = Atomic(false)

    init() {}

    /// What the first check found that failed, or nil.
    public var fault: IndexError? {
        isFaulty.load(ordering: .acquiring) ? state.withLock { $0.fault } : nil
    }

    /// Whether all checks are done.
    public var areDone: Bool { state.withLock { $0.checks.allSatisfy { $0 == nil } } }

    func add(_ check: @escaping Check) { state.withLock { $0.checks.append(check) } }

    /// Begins to make the checks in the background, or makes them now where the system gives no thread.
    public func begin() {
        let work: @Sendable () -> Void = { [self] in
            while !isStopped.load(ordering: .relaxed),
                let (place, check) = takeNext(withBegun: false)
            { make(check, at: place) }
        }
        if !WorkerThreads.detach(work) { work() }
    }

    /// Makes all checks that are not done.
    ///
    /// - Throws: ``IndexError`` that the first check threw that failed.
    public func finish() throws(IndexError) {
        while let (place, check) = takeNext(withBegun: true) { make(check, at: place) }
        if let fault { throw fault }
    }

    /// Leaves what is being checked in the background, as nobody wants to know.
    func stop() { isStopped.store(true, ordering: .relaxed) }

    private func takeNext(withBegun: Bool) -> (place: Int, check: Check)? {
        state.withLock { state in
            while state.next < state.checks.count {
                let place = state.next
                state.next += 1
                if let check = state.checks[place] { return (place, check) }
            }
            guard withBegun, let place = state.checks.firstIndex(where: { $0 != nil }),
                let check = state.checks[place]
            else { return nil }
            return (place, check)
        }
    }

    private func make(_ check: Check, at place: Int) {
        do throws(IndexError) {
            try check { isStopped.load(ordering: .relaxed) }
            state.withLock { $0.checks[place] = nil }
        } catch {
            state.withLock { state in
                state.checks[place] = nil
                if state.fault == nil { state.fault = error }
            }
            isFaulty.store(true, ordering: .releasing)
        }
    }
}
