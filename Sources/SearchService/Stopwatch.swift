/// Time since it was made.
struct Stopwatch {
    private let start = ContinuousClock.now

    /// Seconds since it was made.
    var seconds: Double {
        let duration = ContinuousClock.now - start
        return Double(duration.components.seconds)
            + Double(duration.components.attoseconds) * 1e-18
    }

    /// How far work has come that began when the watch was made.
    func progress(done: Int, total: Int) -> WorkProgress {
        let seconds = seconds
        let rate = Double(done) / max(seconds, 1e-9)
        return WorkProgress(
            done: done, total: total, rate: rate,
            secondsLeft: Double(total - done) / max(rate, 1e-9), seconds: seconds)
    }
}
