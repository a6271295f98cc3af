import HNSW
import IndexCatalog
import IndexDefinitions
import Synchronization
import TestSupport
import Testing
import VectorCore

/// Builds stop when they are told to, wherever they are.
@Suite struct CancellationTests {
    /// Says that work is cancelled once it has been asked so many times.
    private final class Patience: Sendable {
        private let asked = Atomic<Int>(0)
        private let limit: Int

        init(_ limit: Int) { self.limit = limit }

        var count: Int { asked.load(ordering: .relaxed) }
        var isOver: Bool { asked.add(1, ordering: .relaxed).oldValue >= limit }
    }

    private func options(
        _ codes: VectorCodes?, _ patience: Patience, threads: Int
    ) -> BuildOptions {
        var options = testOptions(threads: threads)
        options.hnsw.codes = codes
        options.isCancelled = { patience.isOver }
        return options
    }

    @Test(arguments: [IndexKind.matrix, .hnsw], [1, 2])
    func aBuildStopsWhereverItIsTold(kind: IndexKind, threads: Int) throws {
        let set = VectorSet.clustered(900, dimension: 40)
        let patient = Patience(.max)
        _ = try build(kind, set, .l2, options: options(.rq8, patient, threads: threads))
        // Codes in pieces of 256 rows, and batches; or tiles, and lists in pieces of 16.
        #expect(patient.count >= 2)
        // How often the first of several threads asks about the matrix is left to chance.
        let isCertain = kind == .hnsw || threads == 1
        for limit in isCertain ? [0, 1, 2, 3, patient.count / 2] : [0] {
            let patience = Patience(limit)
            let error = #expect(throws: IndexError.self, "after \(limit)") {
                _ = try build(kind, set, .l2, options: options(.rq8, patience, threads: threads))
            }
            #expect(error?.code == .cancelled)
            #expect(error?.message.hasSuffix(".") == true)
            // Nobody goes on.
            #expect(patience.count == limit + 1, "after \(limit)")
        }
    }

    @Test(arguments: IndexCatalog.kinds)
    func aCancelledTaskBuildsNothingLong(kind: IndexKind) async throws {
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try build(kind, .gaussian(300, dimension: 40), .l2).count
        }
        task.cancel()
        switch (kind, await task.result) {
        case (.flat, .success(let count)):
            // There is nothing to compute.
            #expect(count == 300)
        case (_, .success):
            Issue.record("A cancelled task built an index of kind \(kind.rawValue).")
        case (_, .failure(let error)):
            #expect((error as? IndexError)?.code == .cancelled, "\(error)")
        }
    }
}

/// What an index will take is known before.
@Suite struct MemoryEstimateTests {
    @Test(arguments: TestedKind.allCases, [DistanceMetric.l2, .cosine, .innerProduct, .l1])
    func theEstimateIsWhatTheIndexTakes(tested: TestedKind, metric: DistanceMetric) throws {
        // Left to a measurement there may be codes or not.
        if tested.kind == .hnsw, tested.codes?.supports(metric) != true { return }
        let set = VectorSet.gaussian(2000, dimension: 48)
        var options = testOptions()
        options.hnsw.codes = tested.codes
        let index = try build(tested.kind, set, metric, options: options)
        let memory = try IndexCatalog.definition(of: tested.kind).memory(
            count: 2000, dimension: 48, metric: metric, options: options)
        let taken = Double(index.memoryBytes)
        #expect(abs(Double(memory.index) - taken) < 0.03 * taken)
        #expect(memory.building >= memory.index - memory.vectors)
        #expect((memory.codes > 0) == (tested.codes != nil && tested.codes != .f32))
    }

    @Test(arguments: IndexCatalog.kinds)
    func noNumberOfVectorsOverflows(kind: IndexKind) throws {
        let options = BuildOptions(hnsw: HNSWParameters(m: 512), threads: .max)
        for count in [0, 1, Int(UInt32.max)] {
            let memory = try IndexCatalog.definition(of: kind).memory(
                count: count, dimension: 65_536, metric: .innerProduct, options: options)
            #expect(memory.building >= 0 && memory.index >= 0)
        }
    }
}
