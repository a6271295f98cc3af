import IndexDefinitions
import LinearAlgebra
import MappedStorage
public import VectorCore

extension MatrixIndex {
    /// How many bytes the matrix of `count` vectors takes, the vectors themselves left out.
    ///
    /// - Returns: 8 · count², or nil where no machine could hold it.
    public static func bytesNeeded(count: Int) -> Int? {
        NeighborTable.byteCount(count)
    }

    /// How many vectors a matrix of at most `byteLimit` bytes can have.
    public static func largestCount(byteLimit: Int) -> Int {
        var count = Int(Double(max(0, byteLimit) / 8).squareRoot())
        while count > 0, bytesNeeded(count: count).map({ $0 > byteLimit }) ?? true { count -= 1 }
        while let bytes = bytesNeeded(count: count + 1), bytes <= byteLimit { count += 1 }
        return count
    }

    /// What the matrix of so many vectors will take, and what building it will.
    public static func memory(count: Int, dimension: Int, threads: Int) -> IndexMemory {
        // A thread sorts one list at a time, beside two copies of its keys.
        let list = count * 24
        return IndexMemory(
            vectors: count * FloatMatrix.stride(columns: dimension) * 4, codes: 0,
            links: bytesNeeded(count: count) ?? Int.max / 4, linksName: "matrix",
            working: ThreadCount.clamped(threads) * list,
            sharesVectors: true)
    }

    /// Computes all distances among the rows of `vectors`, which the index shares.
    ///
    /// The memory of the matrix is all that is needed, but for a few rows a thread.
    ///
    /// - Parameters:
    ///   - vectors: shape (count, dimension), finite.
    ///   - metric: what distances mean.
    ///   - byteLimit: how many bytes the matrix may take; see ``bytesNeeded(count:)``.
    ///   - threads: how many threads work, at least 1.
    ///   - isCancelled: asked now and then by the calling thread whether to stop.
    ///   - progress: told now and then how many rows have been compared with all others.
    /// - Throws: ``IndexError`` with `notFinite`, `unsupportedMetric`, `system`, `cancelled`, or
    ///   `invalidParameter` where the matrix exceeds the limit.
    /// - Complexity: O(count² · (dimension + log count) / threads)
    public static func build(
        _ vectors: FloatMatrix, metric: DistanceMetric, byteLimit: Int, threads: Int,
        isCancelled: @Sendable () -> Bool = { false },
        progress: ((_ rows: Int) -> Void)? = nil
    ) throws(IndexError) -> MatrixIndex {
        try vectors.validate(for: metric)
        guard let bytes = bytesNeeded(count: vectors.rows), bytes <= byteLimit else {
            let needed = bytesNeeded(count: vectors.rows).map { "\($0) bytes" } ?? "no end of bytes"
            throw IndexError(
                .invalidParameter,
                "A matrix of \(vectors.rows) vectors takes \(needed), and \(byteLimit) are allowed:"
                    + " enough for \(largestCount(byteLimit: byteLimit)) vectors; build another "
                    + "kind of index, or allow more.")
        }
        let table = try IndexPages(byteCount: bytes)
        unsafe try NeighborTable.fill(
            table.base, vectors: vectors, metric: metric, threads: threads,
            isCancelled: isCancelled, progress: progress)
        return MatrixIndex(ExactSearch(vectors, metric: metric), table: table)
    }
}
