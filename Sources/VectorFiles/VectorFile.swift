public import VectorCore

/// A file of equally long vectors, open for reading.
///
/// Read are `.npy` (versions 1 to 3, little-endian `f4`, `f2`, `f8`, `u1`, `i1`, C order; a
/// one-dimensional array is one vector, dimensions after the first are flattened), `.fvecs`,
/// `.bvecs`, IDX (unsigned bytes and floats), and `.npy` and IDX inside gzip. The format is told
/// from the content, and from the extension where the content cannot tell (`.fvecs`, `.bvecs`).
///
/// `f4`, `f2` and `u1` are given as they are stored. `f8` is rounded to `f32` and `i1` becomes
/// `f32` exactly, because no index keeps either; `isConverted` and `storedElementName` say so.
public final class VectorFile: Sendable {
    /// The formats that are read.
    public enum Format: String, Hashable, Sendable {
        /// NumPy's array file.
        case npy
        /// Records of a dimension and floats.
        case fvecs
        /// Records of a dimension and bytes.
        case bvecs
        /// The format of MNIST and its family.
        case idx
    }

    /// What a reader gives a vector's numbers as, little-endian.
    public enum ElementType: String, Hashable, Sendable {
        /// Unsigned bytes.
        case u8
        /// 16-bit floats.
        case f16
        /// 32-bit floats.
        case f32

        /// The size of one number.
        public var byteCount: Int {
            switch self {
            case .u8: 1
            case .f16: 2
            case .f32: 4
            }
        }
    }

    /// What the content is.
    public let format: Format
    /// Whether the content is inside gzip.
    public let isCompressed: Bool

    let file: OpenFile
    let layout: VectorLayout

    private init(
        file: OpenFile, format: Format, isCompressed: Bool, layout: VectorLayout
    ) {
        self.file = file
        self.format = format
        self.isCompressed = isCompressed
        self.layout = layout
    }

    /// Opens a file and checks its header against its size.
    ///
    /// What only reading can show is thrown by the reader: a dimension inside a record, and that a
    /// gzip file is cut or damaged.
    ///
    /// - Throws: ``VectorFileError`` with any code but `notFinite`.
    /// - Complexity: O(1)
    public static func open(_ path: String) throws(VectorFileError) -> VectorFile {
        let file = try OpenFile(path: path)
        let isCompressed = try PlainSource(file).bytes(2) == [0x1F, 0x8B]
        let format = try format(file, isCompressed: isCompressed)
        let layout =
            switch format {
            case .npy: try NumPyHeader.layout(source(file, isCompressed: isCompressed))
            case .idx: try IDXHeader.layout(source(file, isCompressed: isCompressed))
            case .fvecs: try RecordHeader.layout(file, element: .f32)
            case .bvecs: try RecordHeader.layout(file, element: .u8)
            }
        try layout.check(file, isCompressed: isCompressed)
        return VectorFile(file: file, format: format, isCompressed: isCompressed, layout: layout)
    }

    /// The path that was opened.
    public var path: String { file.path }
    /// How many vectors there are.
    public var count: Int { layout.count }
    /// How many numbers a vector has.
    public var dimension: Int { layout.dimension }
    /// What readers give the numbers as.
    public var elementType: ElementType { layout.element.elementType }
    /// What the numbers are in the file, in words such as "64-bit floats".
    public var storedElementName: String { layout.element.name }
    /// Whether readers give other numbers than the file has: `f8` rounded, `i1` widened.
    public var isConverted: Bool { layout.element == .f64 || layout.element == .i8 }

    /// Starts to read at the first vector; readers do not disturb one another.
    ///
    /// - Throws: ``VectorFileError`` with `system`, `truncated` or `damaged`.
    public func makeReader() throws(VectorFileError) -> VectorFileReader {
        let source = try Self.source(file, isCompressed: isCompressed)
        guard try source.bytes(layout.headerBytes).count == layout.headerBytes else {
            throw VectorFileError(.truncated, "\(path) became shorter while it was read.")
        }
        return VectorFileReader(path: path, layout: layout, source: source)
    }

    /// Reads the first `limit` vectors (all by default) as floats into memory.
    ///
    /// - Throws: ``VectorFileError``, with `notFinite` where a number is NaN or infinite.
    /// - Complexity: O(rows · dimension) of time and memory
    public func floatMatrix(limit: Int? = nil) throws(VectorFileError) -> FloatMatrix {
        let rows = min(count, limit ?? count)
        var reader = try makeReader()
        var batch: VectorBatch?
        return unsafe try FloatMatrix(
            rows: rows, columns: dimension
        ) { row, target throws(VectorFileError) in
            if batch.map({ row >= $0.firstRow + $0.count }) ?? true {
                batch = try reader.next()
                try batch?.checkFinite()
            }
            guard let batch else {
                throw VectorFileError(.truncated, "\(path) ends before its row \(row).")
            }
            var numbers = unsafe target.mutableSpan
            batch.copyFloats(row - batch.firstRow, into: &numbers)
        }
    }
}

extension VectorFile {
    static func source(
        _ file: OpenFile, isCompressed: Bool
    ) throws(VectorFileError) -> any ByteSource {
        isCompressed ? try GzipSource(file) : PlainSource(file)
    }

    private static func format(
        _ file: OpenFile, isCompressed: Bool
    ) throws(VectorFileError) -> Format {
        let start = try source(file, isCompressed: isCompressed).bytes(8)
        if start.starts(with: NumPyHeader.magic) { return .npy }
        let name = file.path.split(separator: "/").last ?? ""
        let parts = name.lowercased().split(separator: ".")
        let suffix = (isCompressed && parts.last == "gz" ? parts.dropLast() : parts[...]).last
        switch suffix {
        case "fvecs" where !isCompressed: return .fvecs
        case "bvecs" where !isCompressed: return .bvecs
        case "fvecs", "bvecs":
            throw VectorFileError(
                .unsupported, "\(file.path) is compressed; decompress it first with gunzip.")
        case "npy":
            // Told apart from a foreign file, so that the message speaks of what was meant.
            let whole = start.count >= NumPyHeader.magic.count
            guard whole || !NumPyHeader.magic.starts(with: start) else {
                throw .truncated(file.path, "the .npy header", expected: 8, found: start.count)
            }
            throw VectorFileError(
                .damaged,
                "\(file.path) does not begin as .npy files do; write it with numpy.save.")
        default: break
        }
        if IDXHeader.matches(start) { return .idx }
        let bytes = start.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        throw VectorFileError(
            .damaged,
            "\(file.path) is none of .npy, .fvecs, .bvecs and IDX (its first bytes are "
                + "\(bytes.joined(separator: " "))); convert it with numpy.save.")
    }
}
