import Quantization
public import VectorCore

extension HNSWIndex {
    /// How many of some queries are vectors of the index, bit for bit as the graph keeps them; those are easier to
    /// find than new ones.
    ///
    /// - Parameter queries: rows of the index's dimension, finite.
    /// - Complexity: O((queries + rows) · dimension)
    public func seenCount(among queries: FloatMatrix) -> Int {
        var wanted = EqualBytes((0..<queries.rows).map { keptBytes(of: queries, $0) })
        return unsafe wanted.find(among: shown.rows) { unsafe rows.bytes(of: $0) }
    }

    /// What the graph would keep of a query if it were one of its vectors.
    private func keptBytes(of queries: FloatMatrix, _ query: Int) -> [UInt8] {
        let prepared = unsafe FloatMatrix(rows: 1, columns: dimension) { _, target in
            guard let start = target.baseAddress else { return }
            _ = unsafe preparation.write(queries.pointer(row: query), to: start)
        }
        guard !keepsVectors, let quantizer = codes?.quantizer else {
            return unsafe Array(
                UnsafeRawBufferPointer(start: prepared.baseAddress, count: dimension * 4))
        }
        let scratch = CodeScratch(width: quantizer.width)
        return unsafe withUnsafeTemporaryAllocation(
            byteCount: quantizer.stride, alignment: 64
        ) { row in
            unsafe row.initializeMemory(as: UInt8.self, repeating: 0)
            if let start = row.baseAddress {
                unsafe quantizer.encode(prepared.baseAddress, into: start, scratch)
            }
            return unsafe Array(row)
        }
    }
}
