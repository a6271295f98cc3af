import LinearAlgebra
public import MappedStorage
public import VectorCore

/// The sections of a flat file:
///
/// | section | content |
/// |---|---|
/// | `vectors` | rows of `f32`, padded to a multiple of 16 numbers; as they came |
///
/// Norms are computed again when the file is read, which costs less than reading it.
extension FlatIndex: FileBackedIndex {
    /// `flat`.
    public static var kindName: String { "flat" }

    /// Adds the vectors to a file.
    ///
    /// - Throws: ``IndexError`` with `system` where the disk refuses.
    public func writeSections(to writer: inout IndexFileWriter) throws(IndexError) {
        try writer.section("vectors") { sink throws(IndexError) in try sink.write(vectors) }
    }

    /// Loads the vectors, checking that they are finite.
    ///
    /// - Throws: ``IndexError`` with `damagedFile` or `system`.
    /// - Complexity: O(bytes)
    public convenience init(reading file: IndexFileReader) throws(IndexError) {
        let header = file.header
        let vectors = try file.loadVectors("vectors", columns: header.dimension)
        self.init(ExactSearch(vectors, metric: header.metric))
    }
}

extension FlatVersion {
    /// Adds the vectors to a file, as those of a ``FlatIndex``.
    ///
    /// - Precondition: no row is hidden; see ``dense()``.
    /// - Throws: ``IndexError`` with `system` where the disk refuses.
    public func writeSections(to writer: inout IndexFileWriter) throws(IndexError) {
        precondition(hidden.isEmpty)
        try writer.section("vectors") { sink throws(IndexError) in try sink.write(vectors) }
    }
}
