/// Reads a file's vectors once, from the first to the last, a batch at a time.
///
/// Memory is bounded by the batch, whatever the size of the file.
public struct VectorFileReader: ~Copyable {
    /// About how many bytes of a file make a batch where the caller does not say.
    public static let usualBatchBytes = 4 << 20

    private let path: String
    private let layout: VectorLayout
    private let source: any ByteSource
    private var row = 0
    private var isFinished = false

    init(path: String, layout: VectorLayout, source: any ByteSource) {
        self.path = path
        self.layout = layout
        self.source = source
    }

    /// The next vectors, or nil after the last.
    ///
    /// The end is checked too: what follows the last vector, and a gzip file's checksum.
    ///
    /// - Parameter rows: how many vectors at most, at least 1; by default what fits
    ///   `usualBatchBytes`.
    /// - Throws: ``VectorFileError`` with `truncated`, `damaged`, `inconsistentDimension` or
    ///   `system`.
    /// - Complexity: O(rows · dimension) of time and memory
    public mutating func next(rows: Int? = nil) throws(VectorFileError) -> VectorBatch? {
        let count = min(
            max(1, rows ?? Self.usualBatchBytes / layout.rowBytes), layout.count - row)
        guard count > 0 else {
            try finish()
            return nil
        }
        let stored = try source.bytes(count * layout.rowBytes)
        guard stored.count == count * layout.rowBytes else {
            throw .truncated(
                path, "\(layout.count) × \(layout.dimension) \(layout.element.name)",
                expected: layout.totalBytes,
                found: layout.headerBytes + row * layout.rowBytes + stored.count)
        }
        let bytes = try converted(stored, count: count)
        defer { row += count }
        return VectorBatch(
            path: path, firstRow: row, count: count, dimension: layout.dimension,
            elementType: layout.element.elementType, bytes: bytes)
    }

    /// Strips the records' dimensions, after checking them, and converts what is not read as stored.
    private func converted(
        _ stored: [UInt8], count: Int
    ) throws(VectorFileError) -> [UInt8] {
        if layout.prefixBytes == 0 && layout.element.isReadAsStored { return stored }
        let rowBytes = layout.dimension * layout.element.elementType.byteCount
        var bytes = [UInt8](repeating: 0, count: count * rowBytes)
        var target = bytes.mutableSpan
        unsafe try target.withUnsafeMutableBytes { target throws(VectorFileError) in
            unsafe try stored.span.withUnsafeBytes { source throws(VectorFileError) in
                guard let source = source.baseAddress, let target = target.baseAddress else {
                    return
                }
                for i in 0..<count {
                    let record = unsafe source + i * layout.rowBytes
                    if layout.prefixBytes > 0 {
                        let found = unsafe record.loadUnaligned(as: Int32.self)
                        try RecordHeader.check(
                            Int(found), dimension: layout.dimension, record: row + i, path: path)
                    }
                    unsafe layout.element.convert(
                        record + layout.prefixBytes, count: layout.dimension,
                        to: target + i * rowBytes)
                }
            }
        }
        return bytes
    }

    private mutating func finish() throws(VectorFileError) {
        guard !isFinished else { return }
        guard try source.bytes(1).isEmpty else {
            throw VectorFileError(
                .damaged,
                "\(path) goes on after its \(layout.count) vectors; its header does not fit its "
                    + "content.")
        }
        isFinished = true
    }
}
