import LinearAlgebra
import VectorCore
import VectorKernels

/// Distances of one query to many rows: from the cache in GFLOP/s, from memory in GB/s, and in the random order of a graph.
struct KernelBenchmarks {
    let quick: Bool

    /// The metrics and the operations that one number of a vector takes.
    private static let metrics: [(metric: DistanceMetric, operations: Int)] = [
        (.l2Squared, 3), (.innerProduct, 2), (.l1, 3), (.minkowski(p: 3), 5),
    ]

    func run(_ meter: Meter, _ report: inout Report) {
        report.measureLimits()
        for dimension in quick ? [100] : [128, 784, 1280] {
            // As many rows as half of a small second-level cache holds.
            let near = Self.random(rows: max(8, 32_768 / dimension), columns: dimension)
            for level in InstructionSet.available {
                for (metric, operations) in Self.metrics {
                    let seconds = meter.secondsPerCall { Self.scan(near, metric, level) }
                    report.add(
                        "\(metric) × \(dimension), \(level.rawValue), cached",
                        1e-9 * Double(near.rows * dimension * operations) / seconds, .gflops)
                }
            }
        }
        report.measureLimits()
        for dimension in quick ? [100] : [128, 784] {
            let bytes = quick ? 1 << 20 : 256 << 20
            let far = Self.random(
                rows: bytes / 4 / FloatMatrix.stride(columns: dimension), columns: dimension)
            let order = Self.order(far.rows)
            for level in InstructionSet.available {
                let read = 1e-9 * Double(far.rows * far.stride * 4)
                let scan = meter.secondsPerCall { Self.scan(far, .l2Squared, level) }
                report.add(
                    "l2Squared × \(dimension), \(level.rawValue), rows in order", read / scan,
                    .gigabytes)
                let gather = meter.secondsPerCall { Self.gather(far, order, level) }
                report.add(
                    "l2Squared × \(dimension), \(level.rawValue), rows at random, 32 a call",
                    read / gather, .gigabytes)
            }
        }
        report.measureLimits()
        exactBatch(meter, &report)
    }

    /// 10 nearest of a batch of queries by matrix products.
    private func exactBatch(_ meter: Meter, _ report: inout Report) {
        let dimension = 784
        let vectors = Self.random(rows: quick ? 500 : 20_000, columns: dimension)
        let queries = Self.random(rows: quick ? 20 : 1_000, columns: dimension)
        let search = ExactSearch(vectors, metric: .l2)
        let seconds = meter.secondsPerCall {
            use(search.searchBatch(queries, k: 10, threads: 1))
        }
        report.add(
            "exact batch of \(queries.rows) queries, l2 × \(dimension)",
            2e-9 * Double(vectors.rows * queries.rows * dimension) / seconds, .gflops)
    }

    private static func scan(
        _ matrix: FloatMatrix, _ metric: DistanceMetric, _ level: InstructionSet
    ) {
        let scorer = unsafe DistanceScorer(
            DistanceKernel(metric, instructionSet: level), query: matrix.pointer(row: 0),
            base: matrix.baseAddress, stride: matrix.stride, dimension: matrix.columns)
        unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: 1024) { distances in
            guard let target = distances.baseAddress else { return }
            for first in stride(from: 0, to: matrix.rows, by: 1024) {
                unsafe scorer.score(
                    consecutive: first, count: min(1024, matrix.rows - first), into: target)
            }
            unsafe use(target[0])
        }
    }

    static func gather(_ matrix: FloatMatrix, _ order: [UInt32], _ level: InstructionSet) {
        let scorer = unsafe DistanceScorer(
            DistanceKernel(.l2Squared, instructionSet: level), query: matrix.pointer(row: 0),
            base: matrix.baseAddress, stride: matrix.stride, dimension: matrix.columns)
        gather(scorer, order)
    }

    /// Scores rows in an order, 32 a call.
    static func gather(_ scorer: DistanceScorer, _ order: [UInt32]) {
        unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: 32) { distances in
            unsafe order.withUnsafeBufferPointer { order in
                guard let target = distances.baseAddress, let rows = order.baseAddress else {
                    return
                }
                for first in stride(from: 0, to: order.count, by: 32) {
                    unsafe scorer.score(
                        rows: rows + first, count: min(32, order.count - first), into: target)
                }
                unsafe use(target[0])
            }
        }
    }

    static func random(rows: Int, columns: Int, seed: UInt64 = 1) -> FloatMatrix {
        var generator = SplitMix64(seed: seed)
        return unsafe FloatMatrix(rows: rows, columns: columns) { _, target in
            for i in target.indices {
                unsafe target[i] = Float(Int32(truncatingIfNeeded: generator.next())) * 0x1p-31
            }
        }
    }

    static func order(_ count: Int) -> [UInt32] {
        var generator = SplitMix64(seed: 2)
        return (0..<UInt32(count)).shuffled(using: &generator)
    }
}
