/// What is checked of queries before a search, whatever answers it.
package struct QueryCheck {
    /// How many numbers the searched vectors have.
    package let dimension: Int

    /// Makes a check for vectors of a length.
    package init(dimension: Int) {
        self.dimension = dimension
    }

    /// Checks queries and `k`.
    ///
    /// - Throws: ``IndexError`` that says what is wrong, and in which row.
    /// - Complexity: O(queries · dimension)
    package func validate(_ queries: borrowing Queries, k: Int) throws(IndexError) {
        try validate(k: k)
        guard queries.count != 1 else { return try validate(queries[0]) }
        try validate(queries.matrix)
    }

    /// Checks a batch of queries and `k`.
    ///
    /// - Throws: ``IndexError`` that says what is wrong, and in which row.
    /// - Complexity: O(rows · dimension)
    package func validate(_ queries: FloatMatrix, k: Int) throws(IndexError) {
        try validate(Queries(queries), k: k)
    }

    private func validate(_ query: Span<Float>) throws(IndexError) {
        guard query.count == dimension else {
            throw IndexError(
                .dimensionMismatch,
                "The query has \(query.count) numbers, but the index holds vectors of \(dimension)."
            )
        }
        guard query.reaches(.infinity) else { return }
        for i in query.indices where !query[i].isFinite {
            throw IndexError(
                .notFinite, "Number \(i) of the query is \(query[i]); vectors must be finite.")
        }
    }

    private func validate(_ queries: FloatMatrix) throws(IndexError) {
        guard queries.columns == dimension else {
            throw IndexError(
                .dimensionMismatch,
                "The queries have \(queries.columns) numbers each, but the index holds vectors of "
                    + "\(dimension).")
        }
        if let (row, column) = queries.firstNonFinite {
            throw IndexError(
                .notFinite,
                "Number \(column) of query \(row) is not finite; vectors must be finite.")
        }
    }

    /// Returns what was found for a query, once it is checked that `Float` holds the distances.
    ///
    /// - Throws: ``IndexError`` with `invalidParameter`.
    /// - Complexity: O(neighbors)
    package static func checked(
        _ neighbors: [Neighbor]
    ) throws(IndexError) -> [Neighbor] {
        try validate(neighbors, query: "the query")
        return neighbors
    }

    /// Returns what was found for each query of a batch, once it is checked that `Float` holds the
    /// distances.
    ///
    /// - Throws: ``IndexError`` with `invalidParameter` that names the first query whose numbers are too
    ///   large.
    /// - Complexity: O(neighbors of all answers)
    package static func checked(
        _ answers: [[Neighbor]]
    ) throws(IndexError) -> [[Neighbor]] {
        for (row, neighbors) in answers.enumerated() {
            try validate(neighbors, query: "query \(row)")
        }
        return answers
    }

    private static func validate(
        _ neighbors: [Neighbor], query: @autoclosure () -> String
    ) throws(IndexError) {
        guard neighbors.contains(where: { !$0.distance.isFinite }) else { return }
        throw IndexError(
            .invalidParameter,
            "A distance from \(query()) exceeds what a 32-bit float holds; scale the vectors and the "
                + "queries down, for example by 1e-10.")
    }

    /// Checks what is asked for where a recall is to be reached.
    ///
    /// - Throws: ``IndexError`` with `invalidParameter`.
    package static func validate(recall: Double, k: Int) throws(IndexError) {
        guard recall > 0, recall <= 1 else {
            throw IndexError(
                .invalidParameter,
                "The recall to reach is \(recall); it must be above 0 and at most 1.")
        }
        try QueryCheck(dimension: 0).validate(k: k)
    }

    private func validate(k: Int) throws(IndexError) {
        guard k >= 1 else {
            throw IndexError(.invalidParameter, "k is \(k); ask for at least 1 neighbour.")
        }
    }
}
