import Synchronization
public import VectorCore
import VectorKernels
import WorkerThreads

/// All distances among n vectors: for every row all rows, nearest first.
public enum NeighborTable {
    /// How many bytes the table of `count` vectors takes, or nil where no machine could hold it.
    public static func byteCount(_ count: Int) -> Int? {
        let (square, overflow) = count.multipliedReportingOverflow(by: count)
        let (bytes, tooLarge) = square.multipliedReportingOverflow(
            by: MemoryLayout<Neighbor>.stride)
        return overflow || tooLarge ? nil : bytes
    }

    /// Fills a table: list after list, in the order of distances in double precision, ties by row.
    ///
    /// First the memory takes the distances themselves, which are as large as neighbours: tile by
    /// tile, each computed once for both of its rows. Then each list is sorted in its place. So no
    /// more than the table and a few rows a thread is needed.
    ///
    /// - Parameters:
    ///   - memory: `byteCount(vectors.rows)` bytes, aligned to 8.
    ///   - vectors: as they came; shape (n, dimension), finite.
    ///   - metric: what distances mean.
    ///   - threads: how many threads work; taken as 1 to 1,024.
    ///   - isCancelled: asked now and then by the calling thread whether to stop.
    ///   - progress: told now and then how many rows are done, by any thread.
    /// - Throws: ``IndexError`` with `cancelled`.
    /// - Complexity: O(n² · (dimension + log n) / threads)
    @unsafe
    public static func fill(
        _ memory: UnsafeMutableRawPointer, vectors: FloatMatrix, metric: DistanceMetric,
        threads: Int, isCancelled: @Sendable () -> Bool = { false },
        progress: ((_ rows: Int) -> Void)? = nil
    ) throws(IndexError) {
        let threads = ThreadCount.clamped(threads)
        let distances = unsafe DistanceTiles(
            vectors, kernel: DistanceKernel(metric),
            table: memory.bindMemory(to: Double.self, capacity: vectors.rows * vectors.rows))
        let count = vectors.rows
        // The tiles are by far the larger part of the work, and later rows have fewer of them.
        let tile = distances.tile
        for start in stride(from: 0, to: count, by: 8 * tile * threads) {
            let end = min(count, start + 8 * tile * threads)
            let isWhole = WorkerThreads.forEachPiece(
                of: end - start, piece: tile, threads: threads, isCancelled: isCancelled
            ) { _, rows in
                distances.fill(start + rows.lowerBound..<start + rows.upperBound)
            }
            guard isWhole else { throw .buildCancelled }
            progress?(end)
        }
        nonisolated(unsafe) let memory = unsafe memory
        let isSorted = WorkerThreads.forEachPiece(
            of: count, piece: 16, threads: threads, isCancelled: isCancelled
        ) { _, rows in
            var sorter = ListSorter(count: count)
            for row in rows {
                unsafe sorter.sort(memory + row * count * MemoryLayout<Neighbor>.stride)
            }
        }
        guard isSorted else { throw .buildCancelled }
    }
}

/// A square table of distances in double precision, filled by several threads.
///
/// Unchecked: no two tiles write the same place.
@safe
private struct DistanceTiles: @unchecked Sendable {
    private let vectors: FloatMatrix
    private let kernel: DistanceKernel
    private let table: UnsafeMutablePointer<Double>
    /// What brings each row to length 1, under cosine.
    private let factors: [Double]
    /// Rows on a side of a tile: as many as the second-level cache holds twice.
    let tile: Int

    init(
        _ vectors: FloatMatrix, kernel: DistanceKernel, table: UnsafeMutablePointer<Double>
    ) {
        self.vectors = vectors
        self.kernel = kernel
        unsafe self.table = table
        // Under cosine each tile normalises its rows, which costs little where it has several.
        let fewest = kernel.expectsNormalized ? 16 : 1
        tile = min(64, max(fewest, (192 << 10) / max(64, vectors.stride * 4)))
        factors =
            kernel.expectsNormalized
            ? (0..<vectors.rows).map {
                normalizingFactor(
                    squaredNorm: unsafe kernel.squaredNorm(
                        vectors.pointer(row: $0), dimension: vectors.columns))
            } : []
    }

    /// Fills the tiles of some rows from the diagonal on, and their mirror images.
    ///
    /// - Parameter rows: as many as a tile has on a side, at most.
    func fill(_ rows: Range<Int>) {
        let count = vectors.rows
        let own = PreciseRows(vectors, kernel: kernel, capacity: tile)
        let others = PreciseRows(vectors, kernel: kernel, capacity: tile)
        read(rows, to: own)
        for start in stride(from: rows.lowerBound, to: count, by: tile) {
            let end = min(count, start + tile)
            read(start..<end, to: others)
            for row in rows {
                let numbers = unsafe own.pointer(UInt32(row), at: row - rows.lowerBound)
                for other in max(start, row)..<max(row, end) {
                    let distance = unsafe kernel.preciseNormalized(
                        numbers, others.pointer(UInt32(other), at: other - start),
                        dimension: vectors.columns)
                    unsafe table[row * count + other] = distance
                    unsafe table[other * count + row] = distance
                }
            }
        }
    }

    private func read(_ rows: Range<Int>, to side: PreciseRows) {
        guard !factors.isEmpty else { return }
        for (place, row) in rows.enumerated() {
            unsafe _ = side.read(UInt32(row), to: place, factor: factors[row])
        }
    }
}
