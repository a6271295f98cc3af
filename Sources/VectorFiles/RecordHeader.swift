/// The records of `.fvecs` and `.bvecs` files, the formats of the TEXMEX corpora.
///
/// Each vector stands after its own dimension as a little-endian 32-bit number; there is no other
/// header, so the file's size tells how many there are.
struct RecordHeader {
    /// Reads the first record's dimension and checks the size of the file against it.
    static func layout(
        _ file: OpenFile, element: StoredElement
    ) throws(VectorFileError) -> VectorLayout {
        guard let dimension = try dimension(file, at: 0) else {
            throw .truncated(file.path, "the first dimension", expected: 4, found: file.size)
        }
        guard dimension != 0 else {
            throw VectorFileError(
                .zeroDimension, "The first vector of \(file.path) has no numbers.")
        }
        guard dimension > 0 else {
            throw VectorFileError(
                .damaged,
                "The first vector of \(file.path) claims \(dimension) numbers; it is damaged, or of "
                    + "another format.")
        }
        let rowBytes = 4 + dimension * element.byteCount
        guard file.size % rowBytes == 0 else {
            throw try misfit(file, dimension: dimension, rowBytes: rowBytes)
        }
        return try VectorLayout(
            path: file.path, shape: [file.size / rowBytes, dimension], element: element,
            headerBytes: 0, prefixBytes: 4)
    }

    /// Checks the dimension that a record repeats.
    static func check(
        _ found: Int, dimension: Int, record: Int, path: String
    ) throws(VectorFileError) {
        guard found == dimension else {
            throw VectorFileError(
                .inconsistentDimension,
                "Record \(record) of \(path) has \(found) numbers, but the first has \(dimension).")
        }
    }

    /// Finds out why the size is no multiple of the first record's: another dimension, or a cut.
    private static func misfit(
        _ file: OpenFile, dimension: Int, rowBytes: Int
    ) throws(VectorFileError) -> VectorFileError {
        let whole = file.size / rowBytes
        for record in 0...whole {
            guard let found = try self.dimension(file, at: record * rowBytes) else { break }
            try check(found, dimension: dimension, record: record, path: file.path)
        }
        return .truncated(
            file.path, "record \(whole) of \(dimension) numbers", expected: rowBytes,
            found: file.size - whole * rowBytes)
    }

    private static func dimension(
        _ file: OpenFile, at offset: Int
    ) throws(VectorFileError) -> Int? {
        let field = try PlainSource(file, offset: offset).bytes(4)
        guard field.count == 4 else { return nil }
        let bits = field.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return Int(Int32(bitPattern: bits))
    }
}
