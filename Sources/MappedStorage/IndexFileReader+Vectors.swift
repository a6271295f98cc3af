public import VectorCore

extension IndexFileReader {
    /// Takes or loads a section that holds one vector a row of the index, and has it checked that all are finite.
    ///
    /// - Parameters:
    ///   - name: the section's name.
    ///   - columns: how many numbers a vector has there.
    /// - Throws: ``IndexError`` with `damagedFile` or `system`.
    /// - Complexity: O(1) where the file is mapped, else O(bytes)
    public func vectors(_ name: String, columns: Int) throws(IndexError) -> FloatMatrix {
        let count = header.count
        let (bytes, overflow) = count.multipliedReportingOverflow(
            by: FloatMatrix.stride(columns: columns) * 4)
        guard !overflow, count <= Int(UInt32.max), columns >= 1 else {
            throw IndexError(
                .damagedFile, "\(path) claims impossibly many vectors; build the index again.")
        }
        let vectors = try pages(name, byteCount: bytes).matrix(rows: count, columns: columns)
        try check { [path] () throws(IndexError) in
            guard vectors.firstNonFinite == nil else {
                throw IndexError(
                    .damagedFile,
                    "\(path) has a vector with numbers that are not finite; build the index again."
                )
            }
        }
        return vectors
    }
}
