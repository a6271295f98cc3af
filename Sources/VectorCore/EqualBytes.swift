/// Finds rows by their bytes.
package struct EqualBytes {
    /// Those that have not been found yet, by hash.
    private var missing: [Int: [[UInt8]]] = [:]

    /// Begins to look for rows.
    ///
    /// - Parameter wanted: the bytes of each row that is looked for.
    package init(_ wanted: [[UInt8]]) {
        for row in wanted {
            missing[unsafe row.withUnsafeBytes { unsafe Self.hash($0) }, default: []].append(row)
        }
    }

    /// How many of the rows that have not been found yet are among others, bit for bit.
    ///
    /// - Parameters:
    ///   - rows: the numbers of the others.
    ///   - bytes: gives those of one of the others.
    /// - Complexity: O(rows · bytes of a row)
    package mutating func find(
        among rows: some Sequence<UInt32>, bytes: (UInt32) -> UnsafeRawBufferPointer
    ) -> Int {
        var found = 0
        for row in rows {
            let bytes = unsafe bytes(row)
            let hash = unsafe Self.hash(bytes)
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

extension EqualBytes {
    /// Begins to look for all rows of a matrix.
    package init(_ wanted: FloatMatrix) {
        self.init((0..<wanted.rows).map { unsafe Array(wanted.bytes(of: UInt32($0))) })
    }

    /// How many of the rows that have not been found yet are rows of a matrix, bit for bit.
    ///
    /// - Complexity: O(rows · columns)
    package mutating func find(among others: FloatMatrix) -> Int {
        unsafe find(among: 0..<UInt32(others.rows)) { unsafe others.bytes(of: $0) }
    }
}

extension FloatMatrix {
    /// How many of some rows are rows of this matrix, bit for bit.
    ///
    /// - Parameter others: rows of as many columns.
    /// - Complexity: O((rows + others) · columns)
    package func countRows(among others: FloatMatrix) -> Int {
        precondition(columns == others.columns)
        var wanted = EqualBytes(others)
        return wanted.find(among: self)
    }

    /// For each row the first one that equals it, bit for bit; itself where none does.
    ///
    /// - Complexity: O(rows · columns)
    package func originals() -> [UInt32] {
        var known: [Int: [UInt32]] = [:]
        return (0..<UInt32(rows)).map { row in
            let hash = unsafe EqualBytes.hash(bytes(of: row))
            let original = known[hash]?.first { self[Int($0)].hasEqualBits(self[Int(row)]) }
            if original == nil { known[hash, default: []].append(row) }
            return original ?? row
        }
    }

    fileprivate func bytes(of row: UInt32) -> UnsafeRawBufferPointer {
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
