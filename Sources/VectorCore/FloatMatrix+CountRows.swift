extension FloatMatrix {
    /// How many of some rows are rows of this matrix, bit for bit.
    ///
    /// - Parameter others: rows of as many columns.
    /// - Complexity: O((rows + others) · columns)
    package func countRows(among others: FloatMatrix) -> Int {
        precondition(columns == others.columns)
        var wanted: [Int: [Int]] = [:]
        for row in 0..<others.rows { wanted[others.hash(row), default: []].append(row) }
        var found = 0
        for row in 0..<rows {
            let hash = hash(row)
            guard let alike = wanted[hash] else { continue }
            let left = alike.filter { unsafe !bytes(row).elementsEqual(others.bytes($0)) }
            found += alike.count - left.count
            wanted[hash] = left
        }
        return found
    }

    private func hash(_ row: Int) -> Int {
        var hasher = Hasher()
        unsafe hasher.combine(bytes: bytes(row))
        return hasher.finalize()
    }

    private func bytes(_ row: Int) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: pointer(row: row), count: columns * 4)
    }
}
