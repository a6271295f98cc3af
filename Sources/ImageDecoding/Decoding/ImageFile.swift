internal import Glibc

/// Reads image files whole.
public enum ImageFile {
    /// The longest file that is read unless a caller says otherwise: 256 MiB.
    public static let usualMaximumBytes = 256 << 20

    /// The content of a file.
    ///
    /// - Throws: ``ImageError`` with code `system` if the file cannot be opened or read, or with
    ///   code `tooLarge` if it is longer than `maximumBytes`.
    public static func bytes(
        of path: String, maximumBytes: Int = usualMaximumBytes
    ) throws(ImageError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw refusal(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw refusal(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ImageError(.system, "\(path) is not a file; name an image file.")
        }
        guard status.st_size <= maximumBytes else {
            throw ImageError(
                .tooLarge,
                "\(path) is longer than the \(maximumBytes) bytes that are allowed for an image.")
        }
        var failure: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) {
            target, count in
            // A file that shrinks meanwhile gives what is left of it; its format will notice.
            while count < target.count, let base = target.baseAddress {
                let got = unsafe read(descriptor, base + count, target.count - count)
                if got == 0 { break }
                if got < 0 && errno == EINTR { continue }
                if got < 0 {
                    failure = errno
                    break
                }
                count += got
            }
        }
        if failure != 0 { throw refusal(path, failure) }
        return bytes
    }

    private static func refusal(_ path: String, _ code: Int32) -> ImageError {
        let reason = unsafe String(cString: strerror(code))
        return ImageError(.system, "\(path) cannot be read: \(reason).")
    }
}
