/// What a `.npy` header says: a Python dictionary of element type, order and shape.
///
/// The format is NumPy's NEP 1; versions 1, 2 and 3 differ in the length field and the encoding.
struct NumPyHeader {
    static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]

    /// Far more than any array of plain numbers needs.
    private static let longest = 1 << 16

    /// Reads the header from the start of `source`.
    static func layout(_ source: some ByteSource) throws(VectorFileError) -> VectorLayout {
        let path = source.path
        let start = try source.bytes(8)
        guard start.count == 8 else {
            throw .truncated(path, "the .npy header", expected: 8, found: start.count)
        }
        guard start.starts(with: magic) else {
            throw VectorFileError(
                .damaged, "\(path) does not begin as .npy files do; write it with numpy.save.")
        }
        guard (1...3).contains(start[6]), start[7] == 0 else {
            throw VectorFileError(
                .unsupported,
                "\(path) is of .npy version \(start[6]).\(start[7]); versions 1.0 to 3.0 are read.")
        }
        let lengthBytes = start[6] == 1 ? 2 : 4
        let lengthField = try source.bytes(lengthBytes)
        let length = lengthField.reversed().reduce(0) { $0 << 8 | Int($1) }
        guard lengthField.count == lengthBytes else {
            throw .truncated(
                path, "the .npy header", expected: 8 + lengthBytes, found: 8 + lengthField.count)
        }
        guard length <= longest else {
            throw VectorFileError(
                .damaged, "The .npy header of \(path) claims \(length) bytes; it is damaged.")
        }
        let text = try source.bytes(length)
        let headerBytes = 8 + lengthBytes + length
        guard text.count == length else {
            throw .truncated(
                path, "the .npy header", expected: headerBytes,
                found: headerBytes - length + text.count)
        }
        var parser = PythonDictionary(text, path: path)
        let fields = try parser.parse()
        return try layout(fields, path: path, headerBytes: headerBytes)
    }

    private static func layout(
        _ fields: PythonDictionary.Fields, path: String, headerBytes: Int
    ) throws(VectorFileError) -> VectorLayout {
        let element = try element(fields.descr, path: path)
        guard !fields.isFortranOrder || fields.shape.count < 2 else {
            throw VectorFileError(
                .unsupported,
                "\(path) is in Fortran order, column by column; save it again after "
                    + "numpy.ascontiguousarray.")
        }
        guard !fields.shape.isEmpty else {
            throw VectorFileError(
                .unsupported, "\(path) holds a single number, not an array of vectors.")
        }
        let shape = fields.shape.count == 1 ? [1] + fields.shape : fields.shape
        return try VectorLayout(
            path: path, shape: shape, element: element, headerBytes: headerBytes)
    }

    private static func element(
        _ descr: String, path: String
    ) throws(VectorFileError) -> StoredElement {
        switch descr {
        case "<f4": .f32
        case "<f2": .f16
        case "<f8": .f64
        case "|u1", "<u1": .u8
        case "|i1", "<i1": .i8
        default:
            throw VectorFileError(
                .unsupported,
                "\(path) holds numbers of NumPy type '\(descr)'; save it again after "
                    + "astype('<f4') (f4, f2, f8, u1 and i1 are read, little-endian).")
        }
    }
}
