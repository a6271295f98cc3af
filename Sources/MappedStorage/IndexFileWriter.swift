import Glibc
import SystemPackage
public import VectorCore

/// Writes an index file so that it appears under its name only when it is complete and on disk.
///
/// Everything goes to `NAME.tmp`; ``finish()`` syncs it, renames it and syncs the folder. A writer
/// that is dropped before that removes its file, and one that is killed leaves a `.tmp` that the
/// next build of the same name overwrites. Of several that write under one name, in one process or in
/// many, each waits for the one before it.
public struct IndexFileWriter: ~Copyable {
    private let path: String
    private let temporaryPath: String
    private let header: IndexFileHeader
    private let descriptor: FileDescriptor
    private var sections: [FileSection] = []
    private var length = IndexFileHeader.byteCount
    private var finished = false

    /// Starts a file that will be published at `path`, once nobody else writes one of this name.
    ///
    /// - Throws: ``IndexError`` with `system` where the file cannot be made.
    public init(path: String, header: IndexFileHeader) throws(IndexError) {
        let temporaryPath = path + ".tmp"
        self.path = path
        self.temporaryPath = temporaryPath
        self.header = header
        self.descriptor = try Self.ownFile(temporaryPath)
    }

    deinit {
        // Before the lock goes with the descriptor: then the name may be another writer's.
        if !finished { unsafe _ = unlink(temporaryPath) }
        try? descriptor.close()
    }

    /// Opens an empty file and locks it, waiting for whoever has locked it.
    private static func ownFile(_ path: String) throws(IndexError) -> FileDescriptor {
        while true {
            let descriptor = try attempt("create", path) {
                try FileDescriptor.open(
                    FilePath(path), .readWrite, options: [.create, .closeOnExec],
                    permissions: [.ownerReadWrite])
            }
            do throws(IndexError) {
                while flock(descriptor.rawValue, LOCK_EX) != 0 {
                    guard errno == EINTR else {
                        throw IndexError(.system, "Cannot lock \(path): \(Errno(rawValue: errno)).")
                    }
                }
                if try isNamed(path, descriptor) {
                    try check("empty", path, ftruncate(descriptor.rawValue, 0))
                    return descriptor
                }
                // Whoever had the lock has published or removed this file.
                try? descriptor.close()
            } catch {
                try? descriptor.close()
                throw error
            }
        }
    }

    /// Whether a path still leads to an open file.
    private static func isNamed(
        _ path: String, _ descriptor: FileDescriptor
    ) throws(IndexError) -> Bool {
        var named = stat()
        var open = stat()
        unsafe try check("look at", path, fstat(descriptor.rawValue, &open))
        guard unsafe stat(path, &named) == 0 else { return false }
        return named.st_dev == open.st_dev && named.st_ino == open.st_ino
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
        var sink = SectionSink(descriptor: descriptor, path: temporaryPath, offset: length)
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
        try attempt("write", temporaryPath) { [descriptor] in
            _ = try descriptor.writeAll(toAbsoluteOffset: 0, page)
        }
        try check("grow", temporaryPath, ftruncate(descriptor.rawValue, length))
        try check("sync", temporaryPath, fsync(descriptor.rawValue))
        unsafe try check("rename", temporaryPath, rename(temporaryPath, path))
        finished = true
        try Self.syncFolder(of: path)
        let checksum = unsafe page.withUnsafeBytes { unsafe IndexFileHeader.checksum(of: $0) }
        return PublishedFile(byteCount: length, checksum: checksum)
    }

    private static func syncFolder(of path: String) throws(IndexError) {
        let folder = FilePath(path).removingLastComponent()
        let name = folder.isEmpty ? FilePath(".") : folder
        let descriptor = try attempt("open", name.string) {
            try FileDescriptor.open(name, .readOnly, options: [.directory, .closeOnExec])
        }
        defer { try? descriptor.close() }
        try check("sync", name.string, fsync(descriptor.rawValue))
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
    fileprivate let descriptor: FileDescriptor
    fileprivate let path: String
    fileprivate var offset: Int
    fileprivate var crc = CRC32C()

    /// Appends bytes to the section.
    ///
    /// - Throws: ``IndexError`` with `system` where the disk refuses.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(IndexError) {
        unsafe crc.update(bytes)
        let start = offset
        try attempt("write", path) { [descriptor] in
            _ = unsafe try descriptor.writeAll(toAbsoluteOffset: Int64(start), bytes)
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

/// Runs a call of `SystemPackage` and says in a sentence what it was doing when it failed.
func attempt<T>(
    _ verb: String, _ path: String, _ body: () throws -> T
) throws(IndexError) -> T {
    do {
        return try body()
    } catch {
        throw IndexError(.system, "Cannot \(verb) \(path): \(error).")
    }
}

private func check(_ verb: String, _ path: String, _ status: Int32) throws(IndexError) {
    guard status == 0 else {
        throw IndexError(.system, "Cannot \(verb) \(path): \(Errno(rawValue: errno)).")
    }
}
