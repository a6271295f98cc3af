import Foundation
import IndexCatalog
import Synchronization
import TestSupport
import Testing
import VectorCore

/// One index, many threads.
@Suite struct ThreadTests {
    @Test(arguments: IndexCatalog.kinds, [DistanceMetric.l2, .cosine])
    func manyThreadsGetTheAnswersOfOne(kind: IndexKind, metric: DistanceMetric) throws {
        let set = VectorSet.zeros(20, of: 900, dimension: 17)
        let index = try build(kind, set, metric)
        let parameters = SearchLimits.Effort.usual
        let right = try set.queries.map {
            try index.search($0, k: 10, parameters)
        }
        let wrong = Mutex<[String]>([])
        let threads = (0..<8).map { number in
            Thread {
                for round in 0..<40 {
                    let query = (number * 5 + round) % set.queries.count
                    do {
                        let found = try index.search(
                            set.queries[query], k: 10, parameters)
                        guard areIdentical(found, right[query]) else {
                            throw IndexError(.system, "query \(query) is answered otherwise")
                        }
                        guard round % 10 == 0 else { continue }
                        let batch = try index.searchBatch(
                            set.queryMatrix, k: 10, effort: parameters, threads: 2)
                        guard zip(batch, right).allSatisfy(areIdentical) else {
                            throw IndexError(.system, "a batch is answered otherwise")
                        }
                    } catch {
                        wrong.withLock { $0.append("thread \(number): \(error)") }
                    }
                }
            }
        }
        for thread in threads { thread.start() }
        while threads.contains(where: { !$0.isFinished }) { usleep(1000) }
        #expect(wrong.withLock { $0 } == [])
    }

    @Test(arguments: TestedKind.exact.map(\.kind))
    func anyKAndAnyThreadsAreTaken(kind: IndexKind) throws {
        let set = VectorSet.clustered(200, dimension: 5)
        let parameters = SearchLimits.Effort.usual
        let index = try build(kind, set, .l2, options: testOptions(threads: .max))
        let right = try set.queries.map { try index.search($0, k: 200, parameters) }
        for k in [201, .max] {
            let found = try index.search(set.queries[0], k: k, parameters)
            #expect(areIdentical(found, right[0]))
            let batch = try index.searchBatch(
                set.queryMatrix, k: k, effort: parameters, threads: .max)
            #expect(zip(batch, right).allSatisfy(areIdentical))
            #expect(batch.count == right.count)
        }
    }

    @Test(arguments: IndexCatalog.kinds)
    func anIndexOutlivesItsFileAndItsVectors(kind: IndexKind) throws {
        let folder = try TemporaryFolder()
        let set = VectorSet.clustered(200, dimension: 5)
        let parameters = SearchLimits.Effort.usual
        var right: [[Neighbor]] = []
        let opened = try {
            let index = try build(kind, set, .l2)
            right = try index.searchBatch(
                set.queryMatrix, k: 5, effort: parameters, threads: 1)
            let published = try Published(index, in: folder)
            let opened = try published.open()
            // Cut in place: what were mapped and not copied would be gone now.
            let status = unsafe truncate(published.path, 0)
            #expect(status == 0)
            return opened
        }()
        let found = try opened.index.searchBatch(
            set.queryMatrix, k: 5, effort: parameters, threads: 1)
        #expect(zip(found, right).allSatisfy(areIdentical))
    }
}
