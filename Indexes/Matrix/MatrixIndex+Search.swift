import LinearAlgebra
import MappedStorage
public import VectorCore

extension MatrixIndex {
    /// Reads off the `k` nearest rows of a row, nearest first, ties by row.
    ///
    /// - Parameters:
    ///   - row: one of the index's rows.
    ///   - k: how many neighbours, at least 1.
    ///   - excludingItself: whether the row itself is left out.
    /// - Returns: `min(k, count)` neighbours, or one less than `count` where that leaves fewer.
    /// - Throws: ``IndexError`` with `invalidParameter` for a row that is not there, or k below 1.
    /// - Complexity: O(k)
    public func neighbors(
        of row: RowID, k: Int, excludingItself: Bool
    ) throws(IndexError) -> [Neighbor] {
        guard row.position < count else {
            throw IndexError(
                .invalidParameter,
                "There is no row \(row.rawValue); the index has \(count) rows, from 0.")
        }
        guard k >= 1 else {
            throw IndexError(.invalidParameter, "k is \(k); ask for at least 1 neighbour.")
        }
        let all = unsafe table.values(as: Neighbor.self)
        var neighbors: [Neighbor] = []
        neighbors.reserveCapacity(min(k, count))
        for place in row.position * count..<(row.position + 1) * count {
            let neighbor = unsafe all[place]
            if excludingItself && neighbor.row == row { continue }
            neighbors.append(neighbor)
            if neighbors.count == k { break }
        }
        return neighbors
    }

    /// Returns the `min(k, count)` nearest rows of any vector, by an exact scan.
    ///
    /// - Throws: ``IndexError`` with `dimensionMismatch`, `notFinite` or `invalidParameter`.
    /// - Complexity: O(count · dimension)
    public func search(
        _ query: Span<Float>, k: Int, parameters: SearchParameters
    ) throws(IndexError) -> [Neighbor] {
        try validate(query, k: k)
        return try QueryCheck.checked(exact.search(query, k: k))
    }

    /// Answers many queries on `threads` threads, by matrix products where the metric allows.
    ///
    /// - Throws: ``IndexError`` as `search` does.
    /// - Complexity: O(queries · count · dimension / threads)
    public func searchBatch(
        _ queries: FloatMatrix, k: Int, parameters: SearchParameters, threads: Int
    ) throws(IndexError) -> [[Neighbor]] {
        try validate(queries, k: k)
        return try QueryCheck.checked(exact.searchBatch(queries, k: k, threads: threads))
    }
}
