import Synchronization

/// Remembers what a build reported.
final class ProgressLog: Sendable {
    private let reports = Mutex<[(done: Int, total: Int)]>([])

    func append(_ done: Int, of total: Int) {
        reports.withLock { $0.append((done, total)) }
    }

    var done: [Int] { reports.withLock { $0.map(\.done) } }
    var totals: Set<Int> { reports.withLock { Set($0.map(\.total)) } }
}
