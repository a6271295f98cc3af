import OutputFiles
public import VectorCore

/// Writes vectors as a `.npy` file of 32-bit floats, row by row.
///
/// The file grows under a temporary name beside its own and takes that in `finish()`, after it has
/// reached the disk; a reader sees the whole file or none. Unfinished, it is removed.
public struct VectorFileWriter: ~Copyable {
    /// Fixed, so that the count can be filled in at the end; a multiple of 64, as NumPy aligns.
    private static let headerBytes = 128
    private static let bufferBytes = 1 << 20

    /// How many numbers a vector has.
    public let dimension: Int
    /// How many vectors were appended.
    public private(set) var count = 0

    private let path: String
    private let file: OutputFile
    private var buffer: [UInt8]

    /// Starts a file that will be at `path`, replacing what is there only when it is finished.
    ///
    /// - Throws: ``VectorFileError`` with `zeroDimension`; `refused` for a device, a folder or a place in a store; or
    ///   `system` where the folder is missing or cannot be written.
    public init(path: String, dimension: Int) throws(VectorFileError) {
        guard dimension > 0 else {
            throw VectorFileError(
                .zeroDimension, "Vectors of \(dimension) numbers cannot be written to \(path).")
        }
        self.file = try writing { () throws(OutputFileError) in try OutputFile(at: path) }
        self.path = path
        self.dimension = dimension
        self.buffer = [UInt8](repeating: 0, count: Self.headerBytes)
    }

    /// Appends one vector.
    ///
    /// - Throws: ``VectorFileError`` with `inconsistentDimension`, or `system` where the disk is
    ///   full.
    public mutating func append(_ vector: Span<Float>) throws(VectorFileError) {
        guard vector.count == dimension else {
            throw VectorFileError(
                .inconsistentDimension,
                "A vector of \(vector.count) numbers does not fit \(path), whose vectors have "
                    + "\(dimension).")
        }
        unsafe vector.withUnsafeBytes { unsafe buffer.append(contentsOf: $0) }
        count += 1
        if buffer.count >= Self.bufferBytes { try flush() }
    }

    /// Appends all rows of a matrix.
    ///
    /// - Throws: ``VectorFileError`` as for one vector.
    public mutating func append(_ matrix: FloatMatrix) throws(VectorFileError) {
        for row in 0..<matrix.rows { try append(matrix[row]) }
    }

    /// Writes the header, waits for the disk, and gives the file its name.
    ///
    /// - Throws: ``VectorFileError`` with `system`.
    public consuming func finish() throws(VectorFileError) {
        try flush()
        try writing { [file] () throws(OutputFileError) in
            try file.write(header(), at: 0)
            try file.publish()
        }
    }

    private func header() -> [UInt8] {
        var header = NumPyHeader.magic + [1, 0]
        let length = Self.headerBytes - header.count - 2
        header += [UInt8(length & 0xFF), UInt8(length >> 8)]
        header +=
            "{'descr': '<f4', 'fortran_order': False, 'shape': (\(count), \(dimension)), }"
            .utf8
        header += [UInt8](repeating: 0x20, count: Self.headerBytes - header.count - 1)
        return header + [0x0A]
    }

    private mutating func flush() throws(VectorFileError) {
        try writing { [file, buffer] () throws(OutputFileError) in try file.write(buffer) }
        buffer.removeAll(keepingCapacity: true)
    }
}

/// Runs `body` with the errors of files of vectors.
private func writing<R>(_ body: () throws(OutputFileError) -> R) throws(VectorFileError) -> R {
    do {
        return try body()
    } catch {
        guard case .system = error.reason else {
            throw VectorFileError(.refused, error.description)
        }
        throw VectorFileError(.system, error.description)
    }
}
