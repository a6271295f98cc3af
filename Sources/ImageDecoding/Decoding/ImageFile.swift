internal import Glibc

/// Reads image files; pipes, devices and folders are refused.
public enum ImageFile {
    /// The longest file that is read unless a caller says otherwise: 256 MiB.
    public static let usualMaximumBytes = ImageLimits.usual.bytes

    /// The content of a file.
    ///
    /// - Throws: ``ImageError`` with code `system` if the file cannot be opened or read or is not a
    ///   regular file, or with code `tooLarge` if it is longer than `maximumBytes`.
    public static func bytes(
        of path: String, maximumBytes: Int = usualMaximumBytes
    ) throws(ImageError) -> [UInt8] {
        let (descriptor, length) = try open(path)
        defer { close(descriptor) }
        guard length <= maximumBytes else {
            throw ImageError(
                .tooLarge,
                "\(path) is longer than the \(maximumBytes) bytes that are allowed for an image.")
        }
        return try read(descriptor, length, path)
    }

    /// The first bytes of a file, fewer than `count` where it ends before.
    ///
    /// - Throws: ``ImageError`` with code `system` if the file cannot be opened or read or is not a
    ///   regular file.
    public static func head(of path: String, count: Int) throws(ImageError) -> [UInt8] {
        let (descriptor, length) = try open(path)
        defer { close(descriptor) }
        return try read(descriptor, max(0, min(count, length)), path)
    }

    /// Opens a regular file, and never waits for the other end of a pipe.
    private static func open(
        _ path: String
    ) throws(ImageError) -> (descriptor: Int32, length: Int) {
        // Looked at first, because to open a device may already set it in motion.
        var status = stat()
        guard unsafe PathText.withPath(of: path, { unsafe stat($0, &status) }) == 0 else {
            throw refusal(path, errno)
        }
        try check(status, path)
        // Another file may be there by now, so this does not wait, and looks again.
        let descriptor = unsafe PathText.withPath(of: path) {
            unsafe Glibc.open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        }
        guard descriptor >= 0 else { throw refusal(path, errno) }
        do throws(ImageError) {
            guard unsafe fstat(descriptor, &status) == 0 else { throw refusal(path, errno) }
            try check(status, path)
        } catch {
            close(descriptor)
            throw error
        }
        return (descriptor, Int(status.st_size))
    }

    private static func check(_ status: stat, _ path: String) throws(ImageError) {
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ImageError(.system, "\(path) is not a file; name an image file.")
        }
    }

    private static func read(
        _ descriptor: Int32, _ length: Int, _ path: String
    ) throws(ImageError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: length) {
            target, count in
            // A file that shrinks meanwhile gives what is left of it; its format will notice.
            while count < target.count, let base = target.baseAddress {
                let got = unsafe Glibc.read(descriptor, base + count, target.count - count)
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
