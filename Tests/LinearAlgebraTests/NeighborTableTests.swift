import LinearAlgebra
import TestSupport
import Testing
import VectorCore
import VectorKernels

@Suite struct NeighborTableTests {
    @Test(arguments: ExactSearchTests.metrics, ExactSearchTests.Kind.allCases)
    func everyListIsTheExactAnswer(metric: DistanceMetric, kind: ExactSearchTests.Kind) throws {
        try withEverySeed(0..<2) { generator, seed in
            for (count, dimension) in [(1, 3), (150, 9), (200, 700)] {
                let vectors = kind.vectors(count, dimension: dimension, using: &generator)
                let kernel = DistanceKernel(metric)
                for threads in [1, 3, .max] {
                    let table = try table(vectors, metric: metric, threads: threads)
                    for row in stride(from: 0, to: count, by: 7) {
                        #expect(
                            Array(table[row * count..<(row + 1) * count])
                                == scan(vectors, vectors, query: row, k: count, kernel),
                            "seed \(seed), \(count) × \(dimension), row \(row)")
                    }
                }
            }
        }
    }

    @Test func progressEndsWithAllRows() throws {
        var generator = SplitMix64(seed: 1)
        let vectors = ExactSearchTests.Kind.normal.vectors(
            1300, dimension: 2, using: &generator)
        var told: [Int] = []
        _ = try table(vectors, metric: .l1, threads: 2) { told.append($0) }
        #expect(told.last == 1300)
        #expect(told == told.sorted())
    }

    @Test func sizesAreToldBeforehand() {
        #expect(NeighborTable.byteCount(0) == 0)
        #expect(NeighborTable.byteCount(10_000) == 800_000_000)
        #expect(NeighborTable.byteCount(1 << 31) == nil)
    }

    private func table(
        _ vectors: FloatMatrix, metric: DistanceMetric, threads: Int,
        progress: ((Int) -> Void)? = nil
    ) throws(IndexError) -> [Neighbor] {
        let count = vectors.rows * vectors.rows
        let memory = UnsafeMutableRawPointer.allocate(byteCount: count * 8, alignment: 64)
        defer { unsafe memory.deallocate() }
        unsafe try NeighborTable.fill(
            memory, vectors: vectors, metric: metric, threads: threads, progress: progress)
        return unsafe Array(
            UnsafeBufferPointer(
                start: memory.assumingMemoryBound(to: Neighbor.self), count: count))
    }
}

@Suite struct MachineLimitsTests {
    @Test func limitsArePositiveNumbers() {
        for limit in [
            MachineLimits.measuredSGEMMRate(threads: 1),
            MachineLimits.measuredMemoryBandwidth(threads: .max),
        ] {
            #expect(limit > 0 && limit.isFinite)
        }
    }
}
