import IndexDefinitions
import LinearAlgebra
public import MappedStorage
public import VectorCore

/// The sections of a matrix file:
///
/// | section | content |
/// |---|---|
/// | `vectors` | rows of `f32`, padded to a multiple of 16 numbers; as they came |
/// | `lists` | for every row all rows, nearest first: row (`UInt32`) and distance (`f32`) |
extension MatrixIndex {
    /// Adds the vectors and all lists to a file.
    ///
    /// - Throws: ``IndexError`` with `system` where the disk refuses.
    public func writeSections(to writer: inout IndexFileWriter) throws(IndexError) {
        try writer.section("vectors") { sink throws(IndexError) in try sink.write(vectors) }
        try writer.section("lists") { sink throws(IndexError) in
            // In pieces, so that the checksum finds in the cache what is then written.
            for start in Swift.stride(from: 0, to: table.byteCount, by: 1 << 20) {
                unsafe try sink.write(
                    UnsafeRawBufferPointer(
                        start: table.base + start,
                        count: min(1 << 20, table.byteCount - start)))
            }
        }
    }

    /// Loads the vectors and all lists, checking every row number and the order.
    ///
    /// - Throws: ``IndexError`` with `damagedFile` or `system`.
    /// - Complexity: O(bytes)
    public convenience init(reading file: IndexFileReader) throws(IndexError) {
        let header = file.header
        guard let bytes = NeighborTable.byteCount(header.count) else {
            throw Self.damaged(file, "claims impossibly many vectors")
        }
        let vectors = try file.loadVectors("vectors", columns: header.dimension)
        let table = try file.load("lists", byteCount: bytes)
        self.init(ExactSearch(vectors, metric: header.metric), table: table)
        if let fault = structuralFault() { throw Self.damaged(file, fault) }
    }

    private static func damaged(_ file: IndexFileReader, _ what: String) -> IndexError {
        IndexError(.damagedFile, "\(file.path) \(what); build the index again.")
    }
}
