internal import CONNXRuntime
import Synchronization
import WorkerThreads

/// Holds work on networks to a time.
///
/// ONNX Runtime can be asked to stop between two operators of a run, and nowhere else: neither in one
/// operator, which may go on for days, nor while it loads a network. So work of networks that nobody
/// knows yet is done on a thread of its own, which owns all that it uses. Work that is late and does
/// not stop is given up: its thread goes on for as long as it likes, and nobody waits for it, not even
/// the end of the process.
package final class TimeLimit: Sendable {
    private let seconds: Double
    private let total: Double
    private let end: ContinuousClock.Instant
    private let exceeded = Atomic<Bool>(false)

    /// Seconds that work may still take to stop once it is asked to.
    private static let grace = 2.0

    /// A limit for each piece of work.
    ///
    /// - Parameters:
    ///   - seconds: what a piece may take.
    ///   - total: what all may take together, from now on.
    package init(seconds: Double, total: Double = 1e9) {
        self.seconds = seconds
        self.total = total
        end = ContinuousClock.now + .seconds(total)
    }

    /// Whether any work took too long.
    var wasExceeded: Bool { exceeded.load(ordering: .relaxed) }

    /// Does a piece of work on a thread of its own and waits for it.
    ///
    /// - Parameters:
    ///   - count: for how many images it is.
    ///   - stop: called once where the work is late, from the calling thread.
    ///   - givingUp: called where the work is given up.
    ///   - body: the work.
    /// - Throws: ``ExtractionError`` with `inferenceFailed` where it is late, `system` where there is no
    ///   thread, or what the work throws.
    func run<Value: Sendable>(
        count: Int = 1, stop: (() -> Void)? = nil, givingUp: () -> Void = {},
        _ body: @escaping @Sendable () throws(ExtractionError) -> Value
    ) throws(ExtractionError) -> Value {
        let left = (end - ContinuousClock.now).seconds
        let allowed = seconds * Double(count)
        guard left > 0 else { throw late(total) }
        let completion = Completion<Result<Value, ExtractionError>>()
        let hasStarted = WorkerThreads.detach {
            let result = Result { () throws(ExtractionError) in try body() }
            if !completion.complete(result) { connx_resumed() }
        }
        guard hasStarted else { throw Self.noThread }
        if let result = completion.wait(seconds: min(left, allowed)) {
            return try result.get()
        }
        stop?()
        if stop != nil, let result = completion.wait(seconds: Self.grace) {
            // It may have ended just so.
            if case .success(let value) = result { return value }
        } else if completion.abandon() {
            connx_abandoned()
            givingUp()
        }
        throw late(left < allowed ? total : allowed)
    }

    /// Does a piece of work on the calling thread and asks it to stop where it is late.
    ///
    /// This is faster, by some hundredths for a small network, but it waits for what does not stop.
    ///
    /// - Parameters:
    ///   - count: for how many images it is.
    ///   - stop: asks the work to end; called on another thread.
    ///   - body: the work.
    /// - Throws: as ``run(count:stop:givingUp:_:)``.
    func runHere<Value>(
        count: Int, stop: @escaping () -> Void, _ body: () throws(ExtractionError) -> Value
    ) throws(ExtractionError) -> Value {
        let left = (end - ContinuousClock.now).seconds
        let allowed = seconds * Double(count)
        guard left > 0 else { throw late(total) }
        let outcome = Watchdog.shared.run(seconds: min(left, allowed), stop: stop) {
            Result { () throws(ExtractionError) in try body() }
        }
        guard let outcome else { throw Self.noThread }
        if outcome.wasStopped, case .failure = outcome.value {
            throw late(left < allowed ? total : allowed)
        }
        return try outcome.value.get()
    }

    private static var noThread: ExtractionError {
        ExtractionError(
            .system, "The system refuses a thread for the network; end other programs.")
    }

    private func late(_ limit: Double) -> ExtractionError {
        exceeded.store(true, ordering: .relaxed)
        return ExtractionError(
            .inferenceFailed,
            "The network took longer than its limit of \(limit.formatted) s; take another, or set"
                + " \(ModelLimits.secondsVariable) to more.")
    }
}

extension Double {
    /// The number, without a fraction where it has none.
    fileprivate var formatted: String {
        self == rounded() && magnitude < 1e15 ? "\(Int(self))" : "\(self)"
    }
}
