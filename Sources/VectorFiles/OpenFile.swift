import Glibc

/// A regular file that is open for reading at any offset, from any thread.
final class OpenFile: Sendable {
    let path: String
    /// How many bytes the file had when it was opened.
    let size: Int
    private let descriptor: Int32

    /// Opens a file.
    ///
    /// - Throws: ``VectorFileError`` with `noSuchFile`, `empty` or `system`.
    init(path: String) throws(VectorFileError) {
        // Looked at before opening, because opening a pipe would wait for its writer.
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR {
                throw VectorFileError(.noSuchFile, "There is no file \(path); check the path.")
            }
            throw .system("read", path)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "not a regular file"
            throw VectorFileError(
                .system, "\(path) is \(kind); name one file of vectors.")
        }
        guard status.st_size > 0 else {
            throw VectorFileError(.empty, "\(path) is empty; it holds no vectors.")
        }
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("read", path) }
        self.path = path
        self.size = Int(status.st_size)
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Fills `target` from `offset` on; fewer bytes are read only where the file ends.
    func read(
        into target: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(VectorFileError) -> Int {
        var done = 0
        while done < target.count, let base = target.baseAddress {
            let got = unsafe pread(descriptor, base + done, target.count - done, offset + done)
            if got < 0 {
                if errno == EINTR { continue }
                throw .system("read", path)
            }
            if got == 0 { break }
            done += got
        }
        return done
    }
}
