public import VectorCore

/// An index that can be written to an index file and read back.
public protocol FileBackedIndex: VectorIndex {
    /// The name of the kind in file headers, at most 8 ASCII characters.
    static var kindName: String { get }

    /// Adds the index's sections to a file.
    ///
    /// - Throws: ``IndexError`` with `system` where the disk refuses.
    func writeSections(to writer: inout IndexFileWriter) throws(IndexError)

    /// Loads the index from a file of its kind, checking checksums and structure.
    ///
    /// - Throws: ``IndexError`` with `damagedFile` or `system`.
    /// - Complexity: O(bytes)
    init(reading file: IndexFileReader) throws(IndexError)
}
