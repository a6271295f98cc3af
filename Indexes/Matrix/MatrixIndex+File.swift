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

    /// Reads the vectors and all lists, checking every row number and the order; of a mapped file, later.
    ///
    /// - Throws: ``IndexError`` with `damagedFile` or `system`.
    /// - Complexity: O(bytes)
    public convenience init(reading file: IndexFileReader) throws(IndexError) {
        let header = file.header
        guard let bytes = NeighborTable.byteCount(header.count) else {
            throw Self.damaged(file.path, "claims impossibly many vectors")
        }
        let vectors = try file.vectors("vectors", columns: header.dimension)
        let table = try file.pages("lists", byteCount: bytes)
        self.init(ExactSearch(vectors, metric: header.metric), table: table)
        let path = file.path
        try file.check { [self] () throws(IndexError) in
            if let fault = structuralFault() { throw Self.damaged(path, fault) }
        }
    }

    private static func damaged(_ path: String, _ what: String) -> IndexError {
        IndexError(.damagedFile, "\(path) \(what); build the index again.")
    }
}
