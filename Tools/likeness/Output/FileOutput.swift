import Glibc
import SearchService

/// Writing of whole files, so that no reader ever sees half of one.
enum FileOutput {
    /// Writes a file under a temporary name beside it and renames it.
    ///
    /// What is there and no regular file, such as `/dev/stdout`, is written to directly.
    ///
    /// - Throws: ``ServiceError`` with code `inputOutput`.
    static func write(_ bytes: [UInt8], toFile path: String) throws(ServiceError) {
        do {
            if isSpecial(path) {
                try create(path, O_WRONLY, bytes)
            } else {
                let temporary = "\(path).\(getpid()).tmp"
                do {
                    try create(temporary, O_WRONLY | O_CREAT | O_TRUNC, bytes)
                    guard unsafe rename(temporary, path) == 0 else { throw SystemFailure() }
                } catch {
                    _ = unsafe unlink(temporary)
                    throw error
                }
            }
        } catch {
            throw ServiceError(.inputOutput, "\(path) cannot be written: \(error).")
        }
    }

    /// Writes all bytes to an open file.
    static func write(_ bytes: [UInt8], to descriptor: Int32) throws(SystemFailure) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(
                    descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
            }
            if count >= 0 {
                done += count
            } else if errno != EINTR {
                throw SystemFailure()
            }
        }
    }

    private static func create(
        _ path: String, _ flags: Int32, _ bytes: [UInt8]
    ) throws(SystemFailure) {
        let descriptor = unsafe open(path, flags | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw SystemFailure() }
        defer { close(descriptor) }
        try write(bytes, to: descriptor)
    }

    private static func isSpecial(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    }
}

/// What the system said when it refused.
struct SystemFailure: Error, CustomStringConvertible {
    let description = unsafe String(cString: strerror(errno))
}
