public import MappedStorage
public import VectorCore

extension HNSWIndex {
    /// The operating points that an index file has, without the rest of it.
    ///
    /// - Returns: nil where the file has none.
    /// - Throws: ``IndexError`` with `damagedFile` where they cannot be, or `system`.
    public static func operatingPoints(
        in file: IndexFileReader
    ) throws(IndexError) -> RecallTable? {
        try MeasuredRecall(reading: file).table
    }
}
