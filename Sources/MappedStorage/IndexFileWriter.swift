import OutputFiles
public import VectorCore

/// Writes an index file so that it appears under its name only when it is complete and on disk.
///
/// Everything goes to a file of a random name in the same folder; ``finish()`` syncs it, renames it and syncs the folder. A
/// writer that is dropped before that removes its file, and one that is killed leaves it to the next writer of the same
/// name. Of several that write under one name the last to finish is the one that stays.
public struct IndexFileWriter: ~Copyable {
    private let header: IndexFileHeader
    private let file: OutputFile
    private var sections: [FileSection] = []
    private var length = IndexFileHeader.byteCount

    /// Starts a file that will be published at `path`.
    ///
    /// - Parameter isOfStore: whether it is one of a store's own files.
    /// - Throws: ``IndexError`` with `invalidParameter` for a device, a pipe, a folder, a link to nothing, or a place in a
    ///   store; `system` where the file cannot be made.
    public init(
        path: String, header: IndexFileHeader, isOfStore: Bool = false
    ) throws(IndexError) {
        self.header = header
        self.file = try writing { () throws(OutputFileError) in
            try OutputFile(at: path, mode: OutputFile.ownersAlone, isOfStore: isOfStore)
        }
    }

    /// Adds a section, aligned to a page, of whatever `body` writes to its sink.
    ///
    /// - Parameters:
    ///   - name: at most 8 ASCII characters, once a file.
    ///   - body: writes the section's bytes in order.
    /// - Throws: ``IndexError`` with `system` where the disk refuses, or what `body` throws.
    public mutating func section(
        _ name: String, _ body: (inout SectionSink) throws(IndexError) -> Void
    ) throws(IndexError) {
        length = (length + 4095) & ~4095
        var sink = SectionSink(file: file, offset: length)
        try body(&sink)
        sections.append(
            FileSection(
                name: name, offset: length, length: sink.offset - length,
                checksum: sink.crc.value))
        length = sink.offset
    }

    /// Writes the header, syncs, and publishes the file under its name.
    ///
    /// - Returns: what was published.
    /// - Throws: ``IndexError`` with `system`. Then nothing has been published, unless it is the
    ///   folder that cannot be synced: then the whole file has its name, and only a power loss may
    ///   undo that.
    public consuming func finish() throws(IndexError) -> PublishedFile {
        let page = header.encoded(sections: sections, fileLength: length)
        try writing { [file, length] () throws(OutputFileError) in
            try file.write(page, at: 0)
            try file.resize(to: length)
            try file.publish()
        }
        let checksum = unsafe page.withUnsafeBytes { unsafe IndexFileHeader.checksum(of: $0) }
        return PublishedFile(byteCount: length, checksum: checksum)
    }
}

/// What a writer has published.
public struct PublishedFile: Hashable, Sendable {
    /// The length of the file in bytes.
    public let byteCount: Int
    /// The CRC-32C of the file's first page, which holds the checksums of all sections.
    public let checksum: UInt32
}

/// Takes the bytes of one section.
public struct SectionSink {
    fileprivate let file: OutputFile
    fileprivate var offset: Int
    fileprivate var crc = CRC32C()

    /// Appends bytes to the section.
    ///
    /// - Throws: ``IndexError`` with `system` where the disk refuses.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(IndexError) {
        unsafe crc.update(bytes)
        try writing { [file, offset] () throws(OutputFileError) in
            unsafe try file.write(bytes, at: offset)
        }
        offset += bytes.count
    }

    /// Appends the bytes of plain values, as they lie in memory.
    public mutating func write<T: BitwiseCopyable>(_ values: [T]) throws(IndexError) {
        var result: Result<Void, IndexError> = .success(())
        unsafe values.withUnsafeBytes { bytes in
            result = Result { () throws(IndexError) in unsafe try write(bytes) }
        }
        try result.get()
    }

    /// Appends all rows of a matrix with their padding.
    public mutating func write(_ matrix: FloatMatrix) throws(IndexError) {
        let bytes = unsafe UnsafeRawBufferPointer(
            start: matrix.baseAddress, count: matrix.rows * matrix.stride * 4)
        unsafe try write(bytes)
    }
}

/// Runs `body` with the errors of indexes.
private func writing<R>(_ body: () throws(OutputFileError) -> R) throws(IndexError) -> R {
    do {
        return try body()
    } catch {
        guard case .system = error.reason else {
            throw IndexError(.invalidParameter, error.description)
        }
        throw IndexError(.system, error.description)
    }
}
