/// An immutable, searchable set of vectors, safe to share between threads.
public protocol VectorIndex: AnyObject, Sendable {
    /// The metric that distances are in.
    var metric: DistanceMetric { get }
    /// How many numbers a vector has.
    var dimension: Int { get }
    /// How many vectors there are; rows are `0..<count`.
    var count: Int { get }
    /// Bytes of memory, anonymous and mapped, that the index occupies.
    var memoryBytes: Int { get }

    /// Returns the `min(k, count)` nearest rows, nearest first, ties by row.
    ///
    /// - Parameters:
    ///   - query: `dimension` finite numbers.
    ///   - k: how many neighbours, at least 1.
    ///   - parameters: how hard to look.
    /// - Throws: ``IndexError`` with `dimensionMismatch`, `notFinite` or `invalidParameter`; the last
    ///   too where a distance that would be reported exceeds `Float`.
    func search(
        _ query: Span<Float>, k: Int, parameters: SearchParameters
    ) throws(IndexError) -> [Neighbor]

    /// Answers many queries on `threads` threads; one list a query, in their order.
    ///
    /// - Parameters:
    ///   - queries: shape (queries, dimension).
    ///   - k: how many neighbours a query, at least 1.
    ///   - parameters: how hard to look.
    ///   - threads: how many threads work, at least 1.
    /// - Throws: ``IndexError`` as `search` does.
    func searchBatch(
        _ queries: FloatMatrix, k: Int, parameters: SearchParameters, threads: Int
    ) throws(IndexError) -> [[Neighbor]]
}

extension VectorIndex {
    /// Checks a query and `k` before a search.
    ///
    /// - Throws: ``IndexError`` that says which of them is wrong.
    /// - Complexity: O(dimension)
    public func validate(_ query: Span<Float>, k: Int) throws(IndexError) {
        try QueryCheck(dimension: dimension).validate(query, k: k)
    }

    /// Checks a batch of queries and `k` before a search.
    ///
    /// - Throws: ``IndexError`` that says what is wrong, and in which row.
    /// - Complexity: O(rows · dimension)
    public func validate(_ queries: FloatMatrix, k: Int) throws(IndexError) {
        try QueryCheck(dimension: dimension).validate(queries, k: k)
    }
}
