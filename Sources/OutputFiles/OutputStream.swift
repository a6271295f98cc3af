import Glibc

/// Writing to an open file until all is written.
public struct OutputStream {
    /// The open file.
    public let descriptor: Int32

    /// Writes to an open file, which stays open.
    public init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Writes bytes where the file stands, or at an offset.
    ///
    /// - Returns: false where the system refuses; `errno` says why.
    @unsafe
    public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int? = nil) -> Bool {
        var done = 0
        while done < bytes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count =
                if let offset {
                    unsafe pwrite(descriptor, rest.baseAddress, rest.count, offset + done)
                } else {
                    unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
                }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    /// The same of an array.
    public func write(_ bytes: [UInt8], at offset: Int? = nil) -> Bool {
        unsafe bytes.withUnsafeBytes { unsafe write($0, at: offset) }
    }
}
