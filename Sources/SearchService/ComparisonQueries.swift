import VectorCore

/// The queries of a comparison.
struct ComparisonQueries {
    let matrix: FloatMatrix
    /// The rows that they are copies of, which they leave out; nil where they are not in the data.
    let rows: [Int]?
    /// How many of them are in the data as they are, though they were given apart from it.
    var seenCount = 0

    /// Whether what answers them may hold them.
    var areSeen: Bool { rows != nil || seenCount > 0 }

    /// What is said of queries from a file that the data holds; nil where it holds none.
    var seenSentence: String? {
        guard seenCount > 0 else { return nil }
        return
            "\(seenCount) of the \(matrix.rows) queries are vectors of the index, and recall for "
            + "new ones is lower; leave them out"
    }
}

extension ComparisonQueries {
    /// The queries that make sense when only the first rows are there.
    func within(rows count: Int) -> ComparisonQueries {
        guard let rows else { return self }
        let kept = rows.indices.filter { rows[$0] < count }
        let matrix = matrix.selecting(rows: kept)
        return ComparisonQueries(matrix: matrix, rows: kept.map { rows[$0] })
    }
}
