public import VectorCore

extension IndexFileReader {
    /// Loads a section that holds one vector a row of the index, checking that all are finite.
    ///
    /// - Parameters:
    ///   - name: the section's name.
    ///   - columns: how many numbers a vector has there.
    /// - Throws: ``IndexError`` with `damagedFile` or `system`.
    /// - Complexity: O(bytes)
    public func loadVectors(_ name: String, columns: Int) throws(IndexError) -> FloatMatrix {
        let count = header.count
        let (bytes, overflow) = count.multipliedReportingOverflow(
            by: FloatMatrix.stride(columns: columns) * 4)
        guard !overflow, count <= Int(UInt32.max), columns >= 1 else {
            throw IndexError(
                .damagedFile, "\(path) claims impossibly many vectors; build the index again.")
        }
        let vectors = try load(name, byteCount: bytes).matrix(rows: count, columns: columns)
        guard vectors.firstNonFinite == nil else {
            throw IndexError(
                .damagedFile,
                "\(path) has a vector with numbers that are not finite; build the index again.")
        }
        return vectors
    }
}
