import VectorCore

/// Finds the first row that equals a vector, bit for bit.
struct RowLookup: Sendable {
    private let vectors: FloatMatrix
    /// The first row of each hash; rows that share one with another vector are not found, and scanned for.
    private let rows: [Int: UInt32]

    /// About how many bytes it takes.
    var byteCount: Int { rows.capacity * 4 / 3 * 16 }

    /// Reads all rows.
    ///
    /// - Complexity: O(rows · columns)
    init(_ vectors: FloatMatrix) {
        self.vectors = vectors
        var rows: [Int: UInt32] = [:]
        rows.reserveCapacity(vectors.rows)
        for row in 0..<vectors.rows {
            let hash = Self.hash(vectors[row])
            if rows[hash] == nil { rows[hash] = UInt32(row) }
        }
        self.rows = rows
    }

    /// The row of a vector, or nil.
    ///
    /// - Complexity: O(columns)
    func row(of vector: Span<Float>) -> Int? {
        guard let row = rows[Self.hash(vector)], vectors[Int(row)].hasEqualBits(vector) else {
            return nil
        }
        return Int(row)
    }

    private static func hash(_ vector: Span<Float>) -> Int {
        unsafe vector.withUnsafeBytes { unsafe EqualBytes.hash($0) }
    }
}
