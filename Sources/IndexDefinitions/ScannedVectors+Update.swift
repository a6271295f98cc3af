import LinearAlgebra
import MappedStorage
public import VectorCore

extension ScannedVectors {
    /// The state with more rows, behind the present ones.
    ///
    /// - Parameter added: shape (added, dimension), finite.
    /// - Throws: ``IndexError`` with `dimensionMismatch`, `notFinite`, `invalidParameter` where there
    ///   would be too many, or `system` where there is no memory.
    /// - Complexity: O(added · dimension) on average where each state is made from the last
    public func adding(_ added: FloatMatrix) throws(IndexError) -> ScannedVectors {
        guard added.columns == dimension else {
            throw IndexError(
                .dimensionMismatch,
                "The vectors have \(added.columns) numbers each, but the index holds vectors of "
                    + "\(dimension).")
        }
        try added.validate(for: metric)
        let total = vectors.rows + added.rows
        guard total <= Int(Int32.max) else {
            throw IndexError(
                .invalidParameter,
                "An index holds at most \(Int32.max) vectors; \(count) are there, and \(added.rows) "
                    + "were to be added.")
        }
        let more = RowNorms(of: added, metric: metric)
        let present = if let memory { memory } else { try Self.grown(exact) }
        let rows = unsafe try present.rows.appending(Self.numbers(added))
        let factors = unsafe try present.factors.appending(
            UnsafeBufferPointer(
                start: more.factors.baseAddress, count: more.factors.columns))
        return ScannedVectors(
            Self.exact(
                rows, factors, count: total, like: exact,
                largest: max(exact.norms.largest, more.largest),
                smallest: Self.smaller(exact.norms.smallest, more.smallest)),
            memory: (rows, factors), hidden: hidden)
    }

    /// The state without some more of its rows.
    ///
    /// - Parameter removed: rows of this state.
    /// - Complexity: O(rows / 64 + removed)
    public func hiding(_ removed: some Sequence<UInt32>) -> ScannedVectors {
        var hidden = hidden
        for row in removed { hidden.insert(row) }
        return ScannedVectors(exact, memory: memory, hidden: hidden)
    }

    /// The state without hidden rows, in memory of its own, and which row each of its rows was.
    ///
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    /// - Complexity: O(rows · dimension)
    public func dense() throws(IndexError) -> (version: ScannedVectors, rows: [UInt32]) {
        let kept = (0..<UInt32(vectors.rows)).filter { !hidden.contains($0) }
        let stride = vectors.stride
        let rows = unsafe try GrowingMemory<Float>(count: kept.count * stride) { target in
            for (place, row) in kept.enumerated() {
                unsafe (target + place * stride)
                    .update(from: vectors.pointer(row: Int(row)), count: stride)
            }
        }
        let matrix = unsafe FloatMatrix(
            borrowing: rows.base, rows: kept.count, columns: dimension, owner: rows.owner)
        // Computed anew, since the bounds on rounding may have become closer.
        let norms = RowNorms(of: matrix, metric: metric)
        let factors = unsafe try GrowingMemory<Float>(count: norms.factors.columns) { target in
            unsafe target.update(
                from: norms.factors.baseAddress, count: norms.factors.columns)
        }
        return (
            ScannedVectors(
                Self.exact(
                    rows, factors, count: kept.count, like: exact, largest: norms.largest,
                    smallest: norms.smallest),
                memory: (rows, factors), hidden: RowSet()), kept
        )
    }

    /// A copy of vectors and norms that can grow.
    private static func grown(
        _ exact: ExactSearch
    ) throws(IndexError) -> (rows: GrowingMemory<Float>, factors: GrowingMemory<Float>) {
        let numbers = unsafe numbers(exact.vectors)
        let factors = exact.norms.factors
        return unsafe (
            try GrowingMemory(count: numbers.count) { target in
                guard let start = numbers.baseAddress else { return }
                unsafe target.update(from: start, count: numbers.count)
            },
            try GrowingMemory(count: factors.columns) { target in
                unsafe target.update(from: factors.baseAddress, count: factors.columns)
            }
        )
    }

    private static func exact(
        _ rows: GrowingMemory<Float>, _ factors: GrowingMemory<Float>, count: Int,
        like exact: ExactSearch, largest: Double, smallest: Double
    ) -> ExactSearch {
        let matrix = unsafe FloatMatrix(
            borrowing: rows.base, rows: count, columns: exact.vectors.columns, owner: rows.owner)
        let factors = unsafe FloatMatrix(
            borrowing: factors.base, rows: 1, columns: factors.count, owner: factors.owner)
        return ExactSearch(
            matrix, kernel: exact.kernel,
            norms: RowNorms(factors: factors, largest: largest, smallest: smallest))
    }

    /// All numbers of a matrix with their padding.
    private static func numbers(_ matrix: FloatMatrix) -> UnsafeBufferPointer<Float> {
        unsafe UnsafeBufferPointer(
            start: matrix.baseAddress, count: matrix.rows * matrix.stride)
    }

    /// The smaller of two norms above 0; 0 says that there is none.
    private static func smaller(_ left: Double, _ right: Double) -> Double {
        left == 0 || right == 0 ? max(left, right) : min(left, right)
    }
}
