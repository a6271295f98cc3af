/// The header of an IDX file, the format of MNIST and its family.
///
/// Two zero bytes, an element type, the number of dimensions, then each dimension as a big-endian
/// 32-bit number. The first dimension counts the vectors; the others are flattened.
struct IDXHeader {
    /// Whether a content begins as an IDX file does: a known element type and 1 to 8 dimensions.
    static func matches(_ start: [UInt8]) -> Bool {
        start.count >= 4 && start[0] == 0 && start[1] == 0
            && [0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E].contains(start[2])
            && (1...8).contains(start[3])
    }

    /// Reads the header from the start of `source`.
    static func layout(_ source: some ByteSource) throws(VectorFileError) -> VectorLayout {
        let path = source.path
        let start = try source.bytes(4)
        guard matches(start) else {
            throw VectorFileError(.damaged, "\(path) does not begin as IDX files do.")
        }
        let element: StoredElement
        switch start[2] {
        case 0x08: element = .u8
        case 0x0D: element = .f32BigEndian
        default:
            throw VectorFileError(
                .unsupported,
                "\(path) holds numbers of IDX type \(start[2]); types 8 (unsigned bytes) and 13 "
                    + "(floats) are read.")
        }
        let rank = Int(start[3])
        guard rank >= 2 else {
            throw VectorFileError(
                .unsupported,
                "\(path) holds one number an item, as files of labels do; name the file of vectors."
            )
        }
        let field = try source.bytes(4 * rank)
        guard field.count == 4 * rank else {
            throw .truncated(
                path, "the IDX header", expected: 4 + 4 * rank, found: 4 + field.count)
        }
        let shape = (0..<rank).map { dimension in
            field[(4 * dimension)..<(4 * dimension + 4)].reduce(0) { $0 << 8 | Int($1) }
        }
        return try VectorLayout(
            path: path, shape: shape, element: element, headerBytes: 4 + 4 * rank)
    }
}
