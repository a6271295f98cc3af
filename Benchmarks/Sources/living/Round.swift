/// Searches at half of what the readers can do beside the writer just now, beside it and without it.
struct Round {
    /// As fast as readers can, beside the writer.
    let saturated: Load.Result
    /// Without the writer, before and after.
    let alone: Load.Result
    let beside: Load.Result
    /// Memory of the process in the end.
    let residentBytes: Int

    /// The machine's speed changes by the second: the rate is taken anew for each round, and rounds are short.
    private static let saturatedSeconds = 1.5
    private static let longestAlone = 4.0
    /// How long the writer writes in a round.
    static let longest = 10.0

    /// Goes through one round, with a writer that rests before and after.
    ///
    /// - Parameter seconds: how long the writer writes.
    init(_ load: Load, _ writer: Writer, seconds: Double) {
        writer.resume()
        saturated = load.run(seconds: Self.saturatedSeconds, interval: nil)
        writer.rest()
        let interval = 2 / saturated.perSecond
        let part = min(Self.longestAlone, seconds)
        var alone = load.run(seconds: part, interval: interval)
        writer.resume()
        beside = load.run(seconds: seconds, interval: interval)
        writer.rest()
        alone.add(load.run(seconds: part, interval: interval))
        self.alone = alone
        residentBytes = Memory.resident
    }

    /// The 99th percentile beside the writer over that without it.
    var ratio: Double { beside.percentile(0.99) / alone.percentile(0.99) }

    var text: String {
        "saturated \(Int(saturated.perSecond)) searches/s, \(saturated.text); alone \(alone.text); beside \(beside.text); "
            + "ratio \((ratio * 100).rounded() / 100)"
    }
}
