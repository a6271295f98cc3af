import Glibc

extension OutputPlace {
    /// Writes into a device, a pipe or an open file.
    ///
    /// - Throws: ``OutputFileError`` with `system`.
    public func write(_ bytes: [UInt8]) throws(OutputFileError) {
        // Opened by its name once more, an open file would be written from its start.
        if let descriptor = Self.openFile(path) {
            guard OutputStream(descriptor: descriptor).write(bytes) else {
                throw .system("write", path)
            }
            return
        }
        let descriptor = unsafe open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("write", path) }
        defer { close(descriptor) }
        guard OutputStream(descriptor: descriptor).write(bytes) else {
            throw .system("write", path)
        }
    }

    /// The number of an open file of this process, where a path means one.
    static func openFile(_ path: String) -> Int32? {
        switch path {
        case "/dev/stdout": return STDOUT_FILENO
        case "/dev/stderr": return STDERR_FILENO
        default:
            for prefix in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(prefix) {
                return Int32(path.dropFirst(prefix.count))
            }
            return nil
        }
    }
}
