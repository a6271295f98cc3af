import Glibc

/// A file that is written under a temporary name and takes its own only when it is whole.
///
/// Dropped before that, it is removed.
final class TemporaryFile {
    private let path: String
    private let temporaryPath: String
    private let descriptor: Int32
    private var isPublished = false

    /// Creates the file beside its final place.
    init(for path: String) throws(VectorFileError) {
        let tag = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let temporaryPath = "\(path).\(tag).partial"
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
        let descriptor = unsafe Glibc.open(temporaryPath, flags, 0o666)
        guard descriptor >= 0 else { throw .system("write", path) }
        self.path = path
        self.temporaryPath = temporaryPath
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
        if !isPublished { unsafe unlink(temporaryPath) }
    }

    /// Writes all of `bytes` at an offset, or after what was appended last.
    func write(_ bytes: [UInt8], at offset: Int? = nil) throws(VectorFileError) {
        unsafe try bytes.span.withUnsafeBytes { source throws(VectorFileError) in
            var done = 0
            while done < source.count, let base = source.baseAddress {
                let rest = source.count - done
                let wrote =
                    if let offset {
                        unsafe pwrite(descriptor, base + done, rest, offset + done)
                    } else {
                        unsafe Glibc.write(descriptor, base + done, rest)
                    }
                if wrote < 0 && errno == EINTR { continue }
                guard wrote > 0 else { throw .system("write", path) }
                done += wrote
            }
        }
    }

    /// Waits for the disk, then gives the file its name and makes that survive a power cut.
    func publish() throws(VectorFileError) {
        guard fsync(descriptor) == 0 else { throw .system("write", path) }
        guard unsafe rename(temporaryPath, path) == 0 else { throw .system("write", path) }
        isPublished = true
        let end = path.lastIndex(of: "/")
        let folder = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let folderDescriptor = unsafe Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folderDescriptor >= 0 else { throw .system("write", folder) }
        defer { close(folderDescriptor) }
        guard fsync(folderDescriptor) == 0 else { throw .system("write", folder) }
    }
}
