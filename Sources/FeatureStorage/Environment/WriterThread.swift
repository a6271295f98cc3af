internal import Glibc
internal import Locks
internal import WorkerThreads

/// A closure that waits to be run in a writing transaction.
struct WriteRequest: Sendable {
    /// Runs the closure and keeps its result aside; may be called again after an abort.
    let attempt: @Sendable (borrowing WriteTransaction) throws(StorageError) -> Void
    /// Hands the result out, or an error instead.
    let finish: @Sendable (StorageError?) -> Void
}

/// The one thread that writes: it runs closures that wait together in one transaction, and hands
/// their results out once the transaction is on disk.
final class WriterThread: Sendable {
    private struct State {
        var waiting: [WriteRequest] = []
        var isStopping = false
        var hasEnded = false
        var thread: pthread_t?
        /// Nil once somebody waits for its end.
        var started: WorkerThreads.Started?
        /// Why nothing is written any more.
        var failure: StorageError?
        /// Whether what waits is refused.
        var endsAtOnce: Bool { isStopping && failure != nil }
    }

    private let environment: Environment
    private let monitor = Monitor(State())

    /// A transaction takes in no further closure beyond so many bytes.
    private static let groupBytes = 64 << 20

    init(_ environment: Environment) {
        self.environment = environment
    }

    /// Starts the thread; false where the system refuses one.
    func start() -> Bool {
        let started = WorkerThreads.begin { self.run() }
        monitor.update { $0.started = started }
        return started != nil
    }

    /// Ends the thread after what waits is done; doing it again does nothing.
    func stop() {
        // In a forked process there is no such thread.
        guard environment.isOfThisProcess else { return }
        let own = pthread_self()
        let (isOwn, started) = monitor.update { state in
            state.isStopping = true
            let isOwn = state.thread == own
            defer { if !isOwn { state.started = nil } }
            return (isOwn, state.started)
        }
        guard !isOwn else { return }
        if let started {
            // Locks that it holds where LMDB gave up are given back when it has ended, and not before.
            started.join()
            monitor.update { $0.hasEnded = true }
        }
        _ = monitor.wait { $0.hasEnded ? true : nil }
    }

    /// Runs a closure on the writer's thread and waits until its changes are on disk.
    func submit<R: Sendable>(
        _ body: @escaping @Sendable (borrowing WriteTransaction) throws(StorageError) -> R
    ) throws(StorageError) -> R {
        let outcome = Monitor<Outcome<R>>(.pending)
        let request = WriteRequest { transaction throws(StorageError) in
            let result = try body(transaction)
            outcome.update { $0 = .tentative(result) }
        } finish: { error in
            outcome.update { outcome in
                if let error {
                    outcome = .failed(error)
                } else if case .tentative(let result) = outcome {
                    outcome = .done(result)
                }
            }
        }
        let refusal: StorageError? = monitor.update { state in
            if let failure = state.failure { return failure }
            if state.isStopping {
                return StorageError(.closed, "The store is closed; open it again.")
            }
            state.waiting.append(request)
            return nil
        }
        if let refusal { throw refusal }
        let result: Result<R, StorageError> = outcome.wait { outcome in
            switch outcome {
            case .pending, .tentative: nil
            case .done(let result): .success(result)
            case .failed(let error): .failure(error)
            }
        }
        return try result.get()
    }

    private enum Outcome<R: Sendable>: Sendable {
        case pending
        case tentative(R)
        case done(R)
        case failed(StorageError)
    }

    private func run() {
        monitor.update { $0.thread = pthread_self() }
        while true {
            let group: [WriteRequest] = monitor.wait { state in
                if state.waiting.isEmpty || state.endsAtOnce { return state.isStopping ? [] : nil }
                defer { state.waiting = [] }
                return state.waiting
            }
            if group.isEmpty { break }
            let rest = commit(group)
            if !rest.isEmpty { monitor.update { $0.waiting = rest + $0.waiting } }
        }
        let (left, failure) = monitor.update { state in
            defer { state.waiting = [] }
            return (state.waiting, state.failure)
        }
        for request in left { request.finish(failure) }
    }

    /// Commits a group and tells every member; returns those that did not fit.
    private func commit(_ group: [WriteRequest]) -> [WriteRequest] {
        var live = group
        var rest: [WriteRequest] = []
        var failures: [(request: WriteRequest, error: StorageError)] = []
        while true {
            switch attempt(live) {
            case .committed(let failed, let count):
                rest = live.count > count ? Array(live[count...]) + rest : rest
                let failedPlaces = Set(failed.map(\.place))
                for (place, error) in failed { live[place].finish(error) }
                for (request, error) in failures { request.finish(error) }
                for place in 0..<count where !failedPlaces.contains(place) {
                    live[place].finish(nil)
                }
                return rest
            case .spoiled(let place, let error):
                failures.append((live.remove(at: place), error))
            case .mapIsFull(let bytesWritten):
                do throws(StorageError) {
                    let size = environment.mapBytes
                    try environment.resizeMap(
                        to: Self.roundedUp(max(2 * size, size + 4 * bytesWritten)))
                } catch {
                    for request in live { request.finish(error) }
                    for (request, own) in failures { request.finish(own) }
                    return []
                }
            case .failed(let error):
                if error.status?.rawValue == EIO { giveUp(Self.diskFailed) }
                for request in live { request.finish(error) }
                for (request, _) in failures { request.finish(error) }
                return []
            case .broken(let error):
                giveUp(error, endingThread: true)
                for request in live { request.finish(error) }
                for (request, own) in failures { request.finish(own) }
                return []
            }
        }
    }

    /// The map's size must be a multiple of the system's page size, which is at most 64 KiB.
    private static func roundedUp(_ bytes: Int) -> Int {
        (bytes + 0xFFFF) & ~0xFFFF
    }

    /// Ends writing.
    private func giveUp(_ failure: StorageError, endingThread: Bool = false) {
        monitor.update {
            $0.failure = failure
            if endingThread { $0.isStopping = true }
        }
    }

    /// What a failed sync left in the system's cache may never reach the disk, so a later sync that succeeds
    /// would prove nothing.
    private static let diskFailed = StorageError(
        .closed,
        "An earlier write to disk failed, so nothing more is written; check the disk and open the store "
            + "again.")

    private enum AttemptResult {
        /// All but the failed ones among the first `count` are on disk.
        case committed(failed: [(place: Int, error: StorageError)], count: Int)
        /// One failed after it had changed something; the group must be run again without it.
        case spoiled(place: Int, error: StorageError)
        case mapIsFull(bytesWritten: Int)
        case failed(StorageError)
        /// LMDB gave up, and the transaction cannot be ended but with its thread.
        case broken(StorageError)
    }

    private func attempt(_ group: [WriteRequest]) -> AttemptResult {
        do throws(StorageError) {
            try environment.gate.enter()
            defer { environment.gate.leave() }
            guard environment.isCurrent else {
                throw StorageError(
                    .replaced,
                    "\(environment.folder.dataPath) has been replaced or removed since the store was opened; "
                        + "nothing was written. Open it again.")
            }
            guard environment.isSeenByOthers else {
                throw StorageError(
                    .replaced,
                    "The lock files of the store at \(environment.folder.path) have been removed since it "
                        + "was opened, so that another process may write to it; nothing was written. Open it "
                        + "again.")
            }
            switch environment.begin(writes: true) {
            case .refused(.gaveUp):
                return .broken(StorageError(LMDBStatus.gaveUp, "Beginning to write"))
            case .refused(let status): throw StorageError(status, "Beginning to write")
            case .begun(let raw):
                defer { raw.abort() }
                return attemptChecked(group, raw)
            }
        } catch {
            return .failed(error)
        }
    }

    /// Runs a group in a transaction; where the file is damaged, that is what is said.
    private func attemptChecked(_ group: [WriteRequest], _ raw: RawTransaction) -> AttemptResult {
        do throws(StorageError) {
            try environment.checkMap()
            return try attempt(group, raw)
        } catch {
            environment.remember(error)
            let cause = Result { () throws(StorageError) in try environment.checkMap() }
            let error = if case .failure(let cause) = cause { cause } else { error }
            return raw.hasGivenUp ? .broken(error) : .failed(error)
        }
    }

    private func attempt(
        _ group: [WriteRequest], _ raw: RawTransaction
    ) throws(StorageError) -> AttemptResult {
        try environment.checkIdentity(raw)
        let head = try ReadTransaction(raw).headSequence()
        let transaction = WriteTransaction(raw, WriteState(sequence: head))
        var failed: [(place: Int, error: StorageError)] = []
        var count = 0
        for (place, request) in group.enumerated() where raw.bytesWritten < Self.groupBytes {
            let changes = raw.changes
            let sequence = transaction.state.sequence
            do throws(StorageError) {
                try request.attempt(transaction)
            } catch {
                if raw.hasGivenUp { throw error }
                if !raw.isMapFull, raw.changes != changes {
                    return .spoiled(place: place, error: error)
                }
                // Numbers that it took without a change are given to the next one: the log has no gaps.
                transaction.state.sequence = sequence
                failed.append((place, error))
            }
            if raw.isMapFull { return .mapIsFull(bytesWritten: raw.bytesWritten) }
            count = place + 1
        }
        do throws(StorageError) {
            try transaction.finish()
            // What was read from a file that is cut short is not written back.
            try environment.checkMap()
            try raw.commit()
        } catch {
            if error.code == .mapFull { return .mapIsFull(bytesWritten: raw.bytesWritten) }
            // LMDB says the same of a disk that took a part of its pages and of one that failed. Where
            // there is no room left it was the former, before anything of the commit counted.
            if error.status?.rawValue == EIO,
                environment.folder.freeBytes < 2 * raw.bytesWritten + 1 << 20
            {
                throw StorageError(LMDBStatus(rawValue: ENOSPC), "Committing")
            }
            throw error
        }
        return .committed(failed: failed, count: count)
    }
}
