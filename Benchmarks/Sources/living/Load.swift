import Foundation
import Likeness
import SearchService
import Synchronization
import VectorCore

/// Threads that search, as fast as they can or at a rate, and check what they find.
final class Load: Sendable {
    /// How long searches took.
    struct Result: Sendable {
        var latencies = Latencies()
        var seconds = 0.0
        /// Of the whole process.
        var processorSeconds = 0.0

        mutating func add(_ other: Result) {
            latencies.add(other.latencies)
            seconds += other.seconds
            processorSeconds += other.processorSeconds
        }

        var perSecond: Double { Double(latencies.count) / seconds }

        func percentile(_ share: Double) -> Double { latencies.percentile(share) }

        var text: String {
            [0.5, 0.9, 0.99, 0.999]
                .map { "p\($0 * 100) \(Int(percentile($0) * 1e6)) µs" }.joined(separator: ", ")
                + ", \(Int(processorSeconds / Double(max(1, latencies.count)) * 1e6)) µs of processors"
        }
    }

    private let index: StandaloneIndex
    private let world: World
    private let efSearch: Int
    private let readers: Int
    private let wrong = Mutex<[String]>([])
    private let checks = Atomic<Int>(0)
    private let asked = Atomic<Int>(0)

    private static let k = 10
    private static let checkedShare = 1000

    init(_ index: StandaloneIndex, _ world: World, efSearch: Int, readers: Int) {
        self.index = index
        self.world = world
        self.efSearch = efSearch
        self.readers = readers
    }

    var faults: [String] { wrong.withLock { $0 } }
    /// How many answers were checked number by number.
    var checked: Int { checks.load(ordering: .relaxed) }

    /// Searches for some seconds.
    ///
    /// - Parameter interval: seconds between the arrivals of two searches, each of which the next free
    ///   reader takes; nil for as fast as can be.
    func run(seconds: Double, interval: Double?) -> Result {
        let result = Mutex(Result())
        let processorTime = Self.processorTime
        let start = Arrivals.now + 0.05
        let arrivals = Arrivals(from: start, interval: interval)
        let threads = (0..<readers).map { _ in
            let thread = Thread { [self] in
                let found = read(arrivals, until: start + seconds)
                result.withLock { $0.latencies.add(found) }
            }
            thread.start()
            return thread
        }
        while threads.contains(where: { !$0.isFinished }) { usleep(2000) }
        let used = Self.processorTime - processorTime
        return result.withLock {
            Result(latencies: $0.latencies, seconds: seconds, processorSeconds: used)
        }
    }

    private func read(_ arrivals: Arrivals, until end: Double) -> Latencies {
        var latencies = Latencies()
        while true {
            let due = arrivals.take()
            guard due < end else { return latencies }
            search(due, into: &latencies)
        }
    }

    private func search(_ due: Double, into latencies: inout Latencies) {
        let number = asked.add(1, ordering: .relaxed).oldValue
        let query = world.query(UInt64(number) &* 7919)
        let isChecked = number % Self.checkedShare == 0
        let before =
            isChecked ? (0..<world.ids).map { world.generation(of: UInt64($0)) } : []
        // Looking at the generations is not part of the search.
        let begin = isChecked ? Arrivals.now : due
        do {
            let found = try index.search(query, k: Self.k, effort: .setting(efSearch))
            if !isChecked { latencies.add(Arrivals.now - begin) }
            check(found, query, before)
        } catch {
            wrong.withLock { $0.append("\(error)") }
        }
    }

    private func check(_ found: [IndexMatch], _ query: [Float], _ before: [UInt32]) {
        let distances = found.map(\.distance)
        if found.count != Self.k || Set(found.map(\.id)).count != Self.k
            || distances != distances.sorted()
        {
            wrong.withLock { $0.append("an answer is \(found)") }
        }
        guard !before.isEmpty else { return }
        checks.add(1, ordering: .relaxed)
        for match in found {
            let first = before[Int(match.id)]
            let last = world.coming(match.id)
            let isTrue = (first...max(first, last)).contains { generation in
                guard generation % 2 == 0 else { return false }
                let vector = world.vector(match.id, generation)
                let squared = zip(query, vector).reduce(0.0) {
                    $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
                }
                return abs(squared.squareRoot() - Double(match.distance)) < 1e-3
            }
            if !isTrue {
                wrong.withLock { $0.append("\(match) in generations \(first)...\(last)") }
            }
        }
    }

    /// Seconds that all threads have worked.
    private static var processorTime: Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
