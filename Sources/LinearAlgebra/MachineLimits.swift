import VectorCore
import VectorKernels
import WorkerThreads

/// What the machine can do at most, measured, to print beside what a search reaches.
///
/// Threads beyond the cores on line would add nothing but memory, and are not started.
public enum MachineLimits {
    /// Measures single-precision matrix products, in GFLOP/s of `threads` threads together.
    ///
    /// Each thread multiplies 1,024 × 1,024 by 1,024 × 1,024 numbers; the best of three rounds
    /// counts. Takes about half a second.
    public static func measuredSGEMMRate(threads: Int) -> Double {
        let threads = useful(threads)
        let size = 1024
        let products = 6
        let factors = unsafe FloatMatrix(rows: 2 * size, columns: size) { row, target in
            unsafe target.update(repeating: 1 / Float(row + 1))
        }
        let seconds = shortest(of: 3, threads: threads) { _ in
            unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: size * size) { result in
                guard let result = result.baseAddress else { return }
                for _ in 0..<products {
                    unsafe MatrixProduct.rows(
                        of: factors.pointer(row: 0), strideOfA: size, rowsOfA: size,
                        timesRowsOf: factors.pointer(row: size), strideOfB: size, rowsOfB: size,
                        columns: size, factor: 1, into: result)
                }
            }
        }
        return 2e-9 * Double(size * size * size) * Double(products * threads) / seconds
    }

    /// Measures reading from memory, in GB/s of `threads` threads together.
    ///
    /// The threads read disjoint parts of 256 MiB, which no cache holds; the best of three rounds
    /// counts. Takes about a third of a second.
    public static func measuredMemoryBandwidth(threads: Int) -> Double {
        let threads = useful(threads)
        let columns = 1024
        let rows = 65_536
        let matrix = unsafe FloatMatrix(rows: rows, columns: columns) { row, target in
            unsafe target.update(repeating: Float(row))
        }
        let kernel = DistanceKernel(.innerProduct)
        let share = rows / threads
        let seconds = shortest(of: 3, threads: threads) { thread in
            unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: share) { distances in
                guard let distances = distances.baseAddress else { return }
                let scorer = unsafe DistanceScorer(
                    kernel, query: matrix.pointer(row: 0), base: matrix.baseAddress,
                    stride: matrix.stride, dimension: columns)
                unsafe scorer.score(
                    consecutive: thread * share, count: share, into: distances)
            }
        }
        return 1e-9 * Double(share * threads * columns * 4) / seconds
    }

    private static func useful(_ threads: Int) -> Int {
        min(ThreadCount.clamped(threads), WorkerThreads.availableCores)
    }

    private static func shortest(
        of rounds: Int, threads: Int, _ work: @Sendable (_ thread: Int) -> Void
    ) -> Double {
        // One more round first, in which caches and pages are filled.
        let durations = (0...rounds).map { _ in
            ContinuousClock().measure { WorkerThreads.run(threads, work) }
        }
        return durations.dropFirst().min().map { $0 / .seconds(1) } ?? .infinity
    }
}
