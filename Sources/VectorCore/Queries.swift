/// The queries of one search: one vector, or the rows of a matrix.
///
/// It borrows a single vector, so that a search of one copies nothing that it need not.
public struct Queries: ~Escapable {
    private let single: Span<Float>
    private let rows: FloatMatrix?
    /// How many there are.
    public let count: Int
    /// How many numbers each has.
    public let dimension: Int

    /// One query.
    @_lifetime(copy query)
    public init(_ query: Span<Float>) {
        single = query
        rows = nil
        count = 1
        dimension = query.count
    }

    /// A query a row.
    @_lifetime(immortal)
    public init(_ matrix: FloatMatrix) {
        single = Span()
        rows = matrix
        count = matrix.rows
        dimension = matrix.columns
    }

    /// The numbers of one query.
    public subscript(row: Int) -> Span<Float> {
        @_lifetime(copy self)
        get {
            precondition(row >= 0 && row < count)
            guard let rows else { return single }
            let span = rows[row]
            return unsafe _overrideLifetime(span, copying: self)
        }
    }

    /// All of them as a matrix, which is a copy only where there is one query that lies elsewhere.
    public var matrix: FloatMatrix {
        if let rows { return rows }
        return unsafe FloatMatrix(rows: 1, columns: dimension) { _, target in
            for i in single.indices { unsafe target[i] = single[i] }
        }
    }
}
