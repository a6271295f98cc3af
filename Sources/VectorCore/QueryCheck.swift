/// What is checked of queries before a search, whatever answers it.
package struct QueryCheck {
    /// How many numbers the searched vectors have.
    package let dimension: Int

    /// Makes a check for vectors of a length.
    package init(dimension: Int) {
        self.dimension = dimension
    }

    /// Checks a query and `k`.
    ///
    /// - Throws: ``IndexError`` that says which of them is wrong.
    /// - Complexity: O(dimension)
    package func validate(_ query: Span<Float>, k: Int) throws(IndexError) {
        try validate(k: k)
        guard query.count == dimension else {
            throw IndexError(
                .dimensionMismatch,
                "The query has \(query.count) numbers, but the index holds vectors of \(dimension)."
            )
        }
        // One more in the exponent carries into the sign's place only if all its bits are set.
        var carries: UInt32 = 0
        for i in query.indices {
            carries |= (query[i].bitPattern & 0x7FFF_FFFF) &+ 0x0080_0000
        }
        guard carries >> 31 == 1 else { return }
        for i in query.indices where !query[i].isFinite {
            throw IndexError(
                .notFinite, "Number \(i) of the query is \(query[i]); vectors must be finite.")
        }
    }

    /// Checks a batch of queries and `k`.
    ///
    /// - Throws: ``IndexError`` that says what is wrong, and in which row.
    /// - Complexity: O(rows · dimension)
    package func validate(_ queries: FloatMatrix, k: Int) throws(IndexError) {
        try validate(k: k)
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

    private func validate(k: Int) throws(IndexError) {
        guard k >= 1 else {
            throw IndexError(.invalidParameter, "k is \(k); ask for at least 1 neighbour.")
        }
    }
}
