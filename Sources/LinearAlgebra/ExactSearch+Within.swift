public import VectorCore
import VectorKernels

extension ExactSearch {
    /// Answers many queries from some of the rows by distances in double precision: for each the `k` nearest
    /// of them that are not farther than `within`.
    ///
    /// `within` is compared with distances as they are reported, so a distance that any search has
    /// reported finds its row.
    ///
    /// - Complexity: O(queries · rows.count · (columns + log k) / threads)
    public func searchBatch(
        _ queries: FloatMatrix, k: Int, within: Float, among rows: RowSet, threads: Int
    ) -> [[Neighbor]] {
        precondition(queries.columns == vectors.columns && k >= 1)
        let chosen = rows.rows
        precondition(chosen.last.map { Int($0) < vectors.rows } ?? true)
        let scan = DistanceScan(k: k, within: within)
        let threads = ThreadCount.clamped(threads)
        let share = (queries.rows + threads - 1) / threads
        return answers(queries, piece: max(1, min(scanPiece, share)), threads: threads) { rows in
            nearest(queries, rows: rows, scan, among: chosen)
        }
    }

    /// Answers some queries a block of rows at a time, each of which is read once for all of them.
    private func nearest(
        _ queries: FloatMatrix, rows: Range<Int>, _ scan: DistanceScan, among chosen: [UInt32]
    ) -> [[Neighbor]] {
        let queries = normalized(queries, rows: rows)
        var found = [ScannedRows](repeating: ScannedRows(scan), count: rows.count)
        let blockRows = blockRows
        let block = PreciseRows(
            vectors, kernel: kernel, capacity: min(blockRows, chosen.count))
        for start in Swift.stride(from: 0, to: chosen.count, by: blockRows) {
            let count = min(blockRows, chosen.count - start)
            if kernel.expectsNormalized {
                for place in 0..<count { unsafe _ = block.read(chosen[start + place], to: place) }
            }
            for query in found.indices {
                let numbers = unsafe queries.pointer(row: query)
                for place in 0..<count {
                    let row = chosen[start + place]
                    let distance = unsafe kernel.preciseNormalized(
                        numbers, block.pointer(row, at: place), dimension: vectors.columns)
                    found[query].offer(row, at: distance)
                }
            }
        }
        return found.map(\.neighbors)
    }

    /// Some of the queries as precise distances compare them.
    private func normalized(_ queries: FloatMatrix, rows: Range<Int>) -> FloatMatrix {
        unsafe FloatMatrix(rows: rows.count, columns: vectors.columns) { row, target in
            let source = unsafe queries.pointer(row: rows.lowerBound + row)
            guard let start = target.baseAddress else { return }
            if kernel.expectsNormalized {
                unsafe normalize(source, into: start, dimension: vectors.columns, kernel: kernel)
            } else {
                unsafe start.update(from: source, count: vectors.columns)
            }
        }
    }
}
