/// Finds rows by their bytes.
package enum EqualBytes {
    /// How many of some rows are among others, bit for bit.
    ///
    /// - Parameters:
    ///   - wanted: the bytes of each row that is looked for.
    ///   - rows: the numbers of the others.
    ///   - bytes: gives those of one of the others.
    /// - Complexity: O((wanted + rows) · bytes of a row)
    package static func count(
        _ wanted: [[UInt8]], among rows: some Sequence<UInt32>,
        bytes: (UInt32) -> UnsafeRawBufferPointer
    ) -> Int {
        var missing: [Int: [[UInt8]]] = [:]
        for row in wanted {
            missing[unsafe row.withUnsafeBytes { unsafe hash($0) }, default: []].append(row)
        }
        var found = 0
        for row in rows {
            let bytes = unsafe bytes(row)
            let hash = unsafe hash(bytes)
            guard let alike = missing[hash] else { continue }
            let others = alike.filter { unsafe !bytes.elementsEqual($0) }
            found += alike.count - others.count
            missing[hash] = others
        }
        return found
    }

    /// A number that equal rows share; another one in each process.
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        unsafe hasher.combine(bytes: bytes)
        return hasher.finalize()
    }
}

extension FloatMatrix {
    /// How many of some rows are rows of this matrix, bit for bit.
    ///
    /// - Parameter others: rows of as many columns.
    /// - Complexity: O((rows + others) · columns)
    package func countRows(among others: FloatMatrix) -> Int {
        precondition(columns == others.columns)
        let wanted = (0..<others.rows).map { unsafe Array(others.bytes(of: UInt32($0))) }
        return unsafe EqualBytes.count(wanted, among: 0..<UInt32(rows)) { unsafe bytes(of: $0) }
    }

    private func bytes(of row: UInt32) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: pointer(row: Int(row)), count: columns * 4)
    }
}

extension Span where Element == Float {
    /// Whether numbers are the same as others, bit for bit.
    ///
    /// - Complexity: O(count)
    package func hasEqualBits(_ other: Span<Float>) -> Bool {
        guard count == other.count else { return false }
        for i in indices where self[i].bitPattern != other[i].bitPattern { return false }
        return true
    }
}
