internal import Glibc

/// The data file before LMDB maps it: whether it is one of LMDB's, and whole.
///
/// LMDB trusts what its two meta pages say; a file that is shorter ends the process with SIGBUS on
/// the first access behind its end. So the pages are read here first.
struct DataFile {
    /// What the newer meta page says.
    struct Meta {
        let pageSize: Int
        let lastPage: UInt64
        let transaction: UInt64
        /// The roots of the free list and of the main tree, or nil where empty.
        let roots: [UInt64?]
    }

    let path: String
    private let descriptor: Int32

    /// Checks the file at `path`; one that is absent or empty is right where `mayBeEmpty`.
    ///
    /// - Throws: ``StorageError`` with `noSuchStore`, `notAStore` or `damagedStore`.
    static func check(path: String, mayBeEmpty: Bool) throws(StorageError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT {
            if mayBeEmpty { return }
            throw StorageError(
                .noSuchStore, "There is no store at \(path); ingest something to make one.")
        }
        guard descriptor >= 0 else {
            throw StorageError(LMDBStatus(rawValue: errno), "Opening \(path)")
        }
        defer { close(descriptor) }
        var info = stat()
        guard unsafe fstat(descriptor, &info) == 0 else {
            throw StorageError(LMDBStatus(rawValue: errno), "Reading \(path)")
        }
        guard info.st_mode & S_IFMT == S_IFREG else {
            throw StorageError(.notAStore, "\(path) is no file, so this is not a store.")
        }
        if info.st_size == 0, mayBeEmpty { return }
        let file = DataFile(path: path, descriptor: descriptor)
        // Pages may be of two moments where another process commits meanwhile; those of the second
        // look are of one, unless something is wrong.
        guard try file.damage() != nil, let damage = try file.damage() else { return }
        throw damage
    }

    /// What is wrong with the file, or nil where nothing is.
    private func damage() throws(StorageError) -> StorageError? {
        guard let first = meta(at: 0), let second = meta(at: first.pageSize),
            first.pageSize == second.pageSize
        else {
            return StorageError(
                .notAStore,
                "\(path) is not the data file of a store, or its beginning is damaged; "
                    + "name another folder, or restore it from a copy.")
        }
        let newer = second.transaction > first.transaction ? second : first
        guard newer.lastPage < UInt64(Int.max / newer.pageSize) else {
            return StorageError(
                .damagedStore,
                "\(path) claims impossibly many pages; restore it from a copy.")
        }
        // A commit makes the file longer before it writes the meta page, so the length is taken
        // after that was read.
        let pages = UInt64(try size() / newer.pageSize)
        guard newer.lastPage >= pages else { return nil }
        // The last pages may be free and never have been written, so a short file can be whole.
        var walk = PageWalk(file: self, pageSize: newer.pageSize, pages: pages)
        if walk.reachesOnlyPagesOfTheFile(newer.roots) { return nil }
        return StorageError(
            .damagedStore,
            "\(path) is cut short (\(pages) of \(newer.lastPage + 1) pages are there); "
                + "restore it from a copy.")
    }

    private func size() throws(StorageError) -> Int {
        var info = stat()
        guard unsafe fstat(descriptor, &info) == 0 else {
            throw StorageError(LMDBStatus(rawValue: errno), "Reading \(path)")
        }
        return Int(info.st_size)
    }

    /// Reads `count` bytes, or nil where the file ends before.
    func bytes(at offset: Int, count: Int) -> [UInt8]? {
        guard offset >= 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        let read = unsafe bytes.withUnsafeMutableBytes { target in
            unsafe pread(descriptor, target.baseAddress, count, off_t(offset))
        }
        return read == count ? bytes : nil
    }

    /// The meta page at an offset, or nil where there is none.
    ///
    /// Layout: LMDB 0.9, 64 bits.
    private func meta(at offset: Int) -> Meta? {
        guard let bytes = bytes(at: offset, count: 152) else { return nil }
        let span = bytes.rawSpan
        func word(_ at: Int) -> UInt64 { span.integer(UInt64.self, at: at).byteSwapped }
        func half(_ at: Int) -> UInt32 { span.integer(UInt32.self, at: at).byteSwapped }
        let isMeta = span.integer(UInt16.self, at: 10).byteSwapped & 0x08 != 0
        guard isMeta, half(16) == 0xBEEF_C0DE, half(20) == 1 else { return nil }
        let pageSize = Int(half(40))
        guard (512...65536).contains(pageSize), pageSize.nonzeroBitCount == 1 else { return nil }
        return Meta(
            pageSize: pageSize, lastPage: word(136), transaction: word(144),
            roots: [word(80), word(128)].map { $0 == .max ? nil : $0 })
    }
}
