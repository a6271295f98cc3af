internal import Foundation
internal import Locks

/// What a store has open: its environment, and its writer's thread where it writes.
///
/// A process that was forked from one that had them open can use neither: LMDB's locks and the thread stayed
/// there, and closing would take them away from the parent. So it leaves them alone and opens the store anew
/// where it uses it: for reading, and for writing once it writes, which it may when no other process does.
final class StoreSession: Sendable {
    /// What is open in one process.
    struct Opened: Sendable {
        let environment: Environment
        let writer: WriterThread?

        func close(releasingFolder: Bool = true) {
            writer?.stop()
            environment.close(releasingFolder: releasingFolder)
        }
    }

    private struct State {
        var opened: Opened?
        /// One that is being closed for another to take its place.
        var leaving: Environment?
        var isClosed = false
    }

    /// The store's id.
    let identifier: UUID
    private let path: String
    private let writes: Bool
    private let initialMapBytes: Int
    private let state: Lock<State>
    /// Taken to open the store again.
    private let reopening = Turn()

    /// Opens a store; ``FeatureStore`` says what it throws.
    init(
        path: String, writes: Bool, creates: Bool, initialMapBytes: Int
    ) throws(StorageError) {
        self.path = path
        self.writes = writes
        self.initialMapBytes = initialMapBytes
        let first = try Self.open(
            path, writes: writes, creates: creates, initialMapBytes: initialMapBytes)
        identifier = first.environment.identifier
        state = Lock(State(opened: first))
    }

    /// What is open in this process, opened again where the process was forked.
    ///
    /// - Parameter writing: whether it is going to be written.
    /// - Throws: ``StorageError`` with `readOnly`, `closed`, and after a fork `nestedTransaction` and what
    ///   opening throws.
    func current(writing: Bool) throws(StorageError) -> Opened {
        guard writes || !writing else {
            throw StorageError(
                .readOnly, "The store at \(path) was opened only for reading; open it for writing.")
        }
        if let usable = try usable(writing) { return usable }
        // Whoever is inside a transaction would wait for its own end.
        try checkOutside()
        return try reopening.withTurn { () throws(StorageError) in
            if let usable = try usable(writing) { return usable }
            // One that was opened for reading gives way to one that writes.
            let leaving = state.withLock { state in
                state.leaving = state.opened?.environment
                state.opened = nil
                return state.leaving
            }
            leaving?.close()
            state.withLock { $0.leaving = nil }
            let anew = try openAgain(writing)
            let isClosed = state.withLock { state in
                if !state.isClosed { state.opened = anew }
                return state.isClosed
            }
            guard !isClosed else {
                anew.close()
                throw Self.closed
            }
            return anew
        }
    }

    /// Throws where the calling thread is inside a transaction.
    func checkOutside() throws(StorageError) {
        let environments = state.withLock { [$0.opened?.environment, $0.leaving] }
        for case let environment? in environments where environment.isOfThisProcess {
            try environment.gate.checkOutside()
        }
    }

    /// Whether something else has been opened since, or is being opened.
    func hasReplaced(_ other: Opened) -> Bool {
        state.withLock { $0.opened?.environment !== other.environment }
    }

    /// Finishes what was begun and closes; doing it again does nothing.
    ///
    /// - Parameter releasingFolder: false to go on holding the writer's lock; the folder releases it.
    func close(releasingFolder: Bool = true) {
        let opened = state.withLock { state in
            state.isClosed = true
            return state.opened
        }
        opened?.close(releasingFolder: releasingFolder)
    }

    private func usable(_ writing: Bool) throws(StorageError) -> Opened? {
        try state.withLock { state throws(StorageError) in
            guard !state.isClosed else { throw Self.closed }
            guard let opened = state.opened, opened.environment.isOfThisProcess else { return nil }
            return !writing || opened.writer != nil ? opened : nil
        }
    }

    private func openAgain(_ writing: Bool) throws(StorageError) -> Opened {
        let anew: Opened
        do throws(StorageError) {
            anew = try Self.open(
                path, writes: writing, creates: false, initialMapBytes: initialMapBytes)
        } catch {
            guard error.code == .writerExists else { throw error }
            throw StorageError(
                .writerExists,
                "\(error.message) This process was forked from one that had the store open; it can "
                    + "read the store, and write to it once no other process does.")
        }
        guard anew.environment.identifier == identifier else {
            anew.close()
            throw StorageError(
                .replaced, "Another store is at \(path) than was opened; open it again.")
        }
        return anew
    }

    private static func open(
        _ path: String, writes: Bool, creates: Bool, initialMapBytes: Int
    ) throws(StorageError) -> Opened {
        let environment = try Environment(
            path: path, writes: writes, creates: creates, initialMapBytes: initialMapBytes)
        guard writes else { return Opened(environment: environment, writer: nil) }
        let writer = WriterThread(environment)
        guard writer.start() else {
            environment.close()
            throw StorageError(
                .system, "The system refuses a thread for the store at \(path); end other programs."
            )
        }
        return Opened(environment: environment, writer: writer)
    }

    private static let closed = StorageError(
        .closed, "The store is closed; open it again.")
}
