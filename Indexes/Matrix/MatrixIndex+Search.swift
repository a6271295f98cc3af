import IndexDefinitions
import LinearAlgebra
import MappedStorage
public import VectorCore

extension MatrixIndex {
    /// Reads the answers of queries that are vectors of the index off its lists, and scans for the others.
    ///
    /// - Complexity: O(k + rows that are not allowed) a query that is a vector of the index, else
    ///   O(allowed rows · dimension)
    public func search(
        _ queries: borrowing Queries, _ limits: SearchLimits, into answers: inout Answers
    ) throws(IndexError) {
        try validate(queries, k: limits.k)
        var rows: [Int?] = []
        for query in 0..<queries.count { rows.append(lookup.row(of: queries[query])) }
        let others = rows.indices.filter { rows[$0] == nil }
        var scanned = Answers()
        if others.count == rows.count {
            return try exact.search(queries, limits, into: &answers)
        } else if !others.isEmpty {
            let matrix = queries.matrix.selecting(rows: others)
            try exact.search(Queries(matrix), limits, into: &scanned)
        }
        var next = 0
        for row in rows {
            if let row {
                answers.append(list(of: row, limits))
            } else {
                answers.append(scanned[next])
                next += 1
            }
        }
    }

    /// All rows, nearest to one of them first, itself among them.
    package func list(of row: Int) -> [Neighbor] {
        list(of: row, SearchLimits(k: max(1, rowCount)))
    }

    /// The nearest rows of a row, itself among them, as far as they are allowed.
    private func list(of row: Int, _ limits: SearchLimits) -> [Neighbor] {
        let all = unsafe table.values(as: Neighbor.self)
        var neighbors: [Neighbor] = []
        neighbors.reserveCapacity(min(limits.k, rowCount))
        for place in row * rowCount..<(row + 1) * rowCount {
            let neighbor = unsafe all[place]
            if let within = limits.within, neighbor.distance > within { break }
            // Lists of a file that is still being checked may name any rows.
            guard neighbor.row.position < rowCount, limits.allows(neighbor.row.rawValue) else {
                continue
            }
            neighbors.append(neighbor)
            if neighbors.count == limits.k { break }
        }
        return neighbors
    }
}
