internal import Glibc

/// A data file as bytes, read without LMDB and without a map: by itself, or as a part of a snapshot.
///
/// LMDB trusts what pages say, and a file that is shorter than it says ends the process with SIGBUS.
/// So what LMDB will see is read here first, by `pread`, which reports what a map would die of.
final class DataFile: Sendable {
    /// The file, for sentences.
    let path: String
    private let descriptor: Int32
    private let start: Int
    private let fixedLength: Int?

    /// Opens a data file.
    ///
    /// - Throws: ``StorageError`` with `noSuchStore`, `notAStore` or `system`.
    init(path: String) throws(StorageError) {
        // A pipe in its place is not waited for.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        if descriptor < 0, errno == ENOENT {
            throw StorageError(
                .noSuchStore, "There is no store at \(path); ingest something to make one.")
        }
        guard descriptor >= 0 else {
            throw StorageError(LMDBStatus(rawValue: errno), "Opening \(path)")
        }
        self.path = path
        self.descriptor = descriptor
        self.start = 0
        self.fixedLength = nil
        var info = stat()
        guard unsafe fstat(descriptor, &info) == 0 else {
            throw StorageError(LMDBStatus(rawValue: errno), "Reading \(path)")
        }
        guard info.st_mode & S_IFMT == S_IFREG else {
            throw StorageError(.notAStore, "\(path) is no file, so this is not a store.")
        }
    }

    /// The part of an open file that holds a data file; takes a descriptor of its own.
    ///
    /// - Throws: ``StorageError`` with `system`.
    init(path: String, part descriptor: Int32, at start: Int, length: Int) throws(StorageError) {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else {
            throw StorageError(LMDBStatus(rawValue: errno), "Reading \(path)")
        }
        self.path = path
        self.descriptor = copy
        self.start = start
        self.fixedLength = length
    }

    deinit {
        close(descriptor)
    }

    /// How long it is now.
    ///
    /// - Throws: ``StorageError`` with `system`.
    func length() throws(StorageError) -> Int {
        if let fixedLength { return fixedLength }
        var info = stat()
        guard unsafe fstat(descriptor, &info) == 0 else {
            throw StorageError(LMDBStatus(rawValue: errno), "Reading \(path)")
        }
        return Int(info.st_size)
    }

    /// Reads `count` bytes, or nil where the file ends before.
    ///
    /// - Throws: ``StorageError`` with `system` where the disk fails.
    func bytes(at offset: Int, count: Int) throws(StorageError) -> [UInt8]? {
        guard offset >= 0, count >= 0 else { return nil }
        if let fixedLength, offset > fixedLength - count { return nil }
        var failure: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { target, filled in
            while filled < count {
                let got = unsafe pread(
                    descriptor, target.baseAddress.map { unsafe $0 + filled }, count - filled,
                    off_t(start + offset + filled))
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = errno }
                guard got > 0 else { break }
                filled += got
            }
        }
        guard failure == 0 else {
            throw StorageError(LMDBStatus(rawValue: failure), "Reading \(path)")
        }
        return bytes.count == count ? bytes : nil
    }
}
