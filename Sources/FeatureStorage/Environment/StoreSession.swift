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
    }

    private let path: String
    private let writes: Bool
    private let identifier: UUID
    private let initialMapBytes: Int
    private let opened: Lock<Opened>
    private let isClosed = Lock(false)
    /// Had by whoever opens anew.
    private let turn = Turn()

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
        opened = Lock(first)
    }

    /// The store's id.
    var id: UUID { identifier }

    /// What is open in this process, opened anew where the process was forked.
    ///
    /// - Parameter writing: whether it is going to be written.
    /// - Throws: ``StorageError`` with `readOnly`, `closed`, and after a fork what opening throws.
    func current(writing: Bool) throws(StorageError) -> Opened {
        guard writes || !writing else {
            throw StorageError(
                .readOnly, "The store at \(path) was opened only for reading; open it for writing.")
        }
        if let usable = usable(writing) { return usable }
        return try turn.withTurn { () throws(StorageError) in
            if let usable = usable(writing) { return usable }
            guard !isClosed.withLock({ $0 }) else { throw Self.closed }
            // One that was opened for reading gives way to one that writes.
            opened.withLock { $0 }.environment.close()
            let anew = try openAnew(writing)
            opened.withLock { $0 = anew }
            return anew
        }
    }

    /// Whether something else has been opened since.
    func hasReplaced(_ other: Opened) -> Bool {
        opened.withLock { $0 }.environment !== other.environment
    }

    /// Finishes what was begun and closes; doing it again does nothing.
    ///
    /// - Parameter releasingFolder: false to go on holding the writer's lock; the folder releases it.
    func close(releasingFolder: Bool = true) {
        isClosed.withLock { $0 = true }
        let opened = opened.withLock { $0 }
        opened.writer?.stop()
        opened.environment.close(releasingFolder: releasingFolder)
    }

    private func usable(_ writing: Bool) -> Opened? {
        let opened = opened.withLock { $0 }
        let serves = !writing || opened.writer != nil
        return opened.environment.isOfThisProcess && serves ? opened : nil
    }

    private func openAnew(_ writing: Bool) throws(StorageError) -> Opened {
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
            anew.writer?.stop()
            anew.environment.close()
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
