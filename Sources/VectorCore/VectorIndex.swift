/// An immutable, searchable set of vectors, safe to share between threads.
public protocol VectorIndex: AnyObject, Sendable {
    /// The metric that distances are in.
    var metric: DistanceMetric { get }
    /// How many numbers a vector has.
    var dimension: Int { get }
    /// How many rows there are, those that are hidden among them; rows are `0..<rowCount`.
    var rowCount: Int { get }
    /// Rows that no answer has.
    var hidden: RowSet { get }
    /// Bytes of memory, anonymous and mapped, that the index occupies.
    var memoryBytes: Int { get }
    /// How large a share of the true neighbours searches find, by setting; nil where that has not been measured, or
    /// searches are exact.
    var recallTable: RecallTable? { get }
    /// What whoever searches should know, in one sentence; nil where there is nothing.
    var warning: String? { get }
    /// Whether the vectors are in the index; where they are not, it answers once ``reading(_:)`` has said where they are.
    var keepsVectors: Bool { get }
    /// This index with its vectors read from where they are kept; itself where it keeps them.
    func reading(_ source: any RowVectors) -> Self

    /// The least effort with which a recall is to be expected for queries like those that it was measured with.
    ///
    /// Nothing is measured for it.
    ///
    /// - Parameters:
    ///   - recall: above 0 and at most 1.
    ///   - k: how many neighbours, at least 1.
    /// - Throws: ``IndexError`` with `invalidParameter` where no setting reaches it, or none has been measured.
    func effort(reaching recall: Double, k: Int) throws(IndexError) -> SearchLimits.Effort

    /// Appends an answer a query, in their order: the nearest rows that the limits allow, as many as there are but
    /// at most k, nearest first, ties by row.
    ///
    /// - Parameters:
    ///   - queries: each of `dimension` finite numbers.
    ///   - limits: how many, how far, which rows, and how hard to look.
    ///   - answers: gets them; as it was where this throws.
    /// - Throws: ``IndexError`` with `dimensionMismatch`, `notFinite` or `invalidParameter`; the last
    ///   too where a distance that would be reported exceeds `Float`.
    func search(
        _ queries: borrowing Queries, _ limits: SearchLimits, into answers: inout Answers
    ) throws(IndexError)

    /// Some of the vectors as they came, but normalised for cosine where the index keeps them so.
    ///
    /// - Parameter rows: rows that are not hidden.
    /// - Throws: ``IndexError`` as ``RowVectors/forEach(_:_:)`` does where they are kept elsewhere.
    /// - Complexity: O(rows · dimension)
    func vectors(of rows: [UInt32]) throws(IndexError) -> FloatMatrix
}

extension VectorIndex {
    /// How many vectors can be found.
    public var count: Int { rowCount - hidden.count }
    /// None.
    public var hidden: RowSet { RowSet() }
    /// The rows that can be found.
    public var shown: RowSet {
        var rows = RowSet(all: rowCount)
        rows.subtract(hidden)
        return rows
    }

    /// Nothing: searches are exact.
    public var recallTable: RecallTable? { nil }

    /// The usual one: searches are exact.
    public func effort(
        reaching recall: Double, k: Int
    ) throws(IndexError) -> SearchLimits.Effort {
        try QueryCheck.validate(recall: recall, k: k)
        return .usual
    }

    /// Nothing.
    public var warning: String? { nil }
    /// True.
    public var keepsVectors: Bool { true }
    /// Itself.
    public func reading(_ source: any RowVectors) -> Self { self }

    /// The nearest rows of one query.
    ///
    /// - Throws: ``IndexError`` as `search` does.
    public func nearest(
        _ query: Span<Float>, _ limits: SearchLimits
    ) throws(IndexError) -> [Neighbor] {
        var answers = Answers()
        try search(Queries(query), limits, into: &answers)
        return answers.neighbors
    }

    /// The nearest rows of every query; one list a query, in their order.
    ///
    /// - Throws: ``IndexError`` as `search` does.
    public func nearest(
        _ queries: FloatMatrix, _ limits: SearchLimits
    ) throws(IndexError) -> [[Neighbor]] {
        var answers = Answers()
        try search(Queries(queries), limits, into: &answers)
        return answers.lists
    }

    /// Checks queries and `k` before a search.
    ///
    /// - Throws: ``IndexError`` that says which of them is wrong, and in which row.
    /// - Complexity: O(queries · dimension)
    public func validate(_ queries: borrowing Queries, k: Int) throws(IndexError) {
        try QueryCheck(dimension: dimension).validate(queries, k: k)
    }
}
