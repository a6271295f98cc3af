/// What one of LMDB's two meta pages says, once every field of it was found possible.
///
/// Layout: LMDB 0.9, 64 bits, little-endian.
struct MetaPage {
    let pageSize: Int
    /// The number of the last page that is counted; pages at the end may never have been written.
    let lastPage: UInt64
    /// The commit that wrote it.
    let transaction: UInt64
    /// The tree of free pages.
    let free: TreeRecord
    /// The tree of the named trees.
    let main: TreeRecord

    private static let magic: UInt32 = 0xBEEF_C0DE
    private static let version: UInt32 = 1
    private static let isMeta: UInt16 = 0x08
    private static let integerKeys: UInt16 = 0x08
    private static let byteCount = 152

    /// Reads the meta page number `place` at an offset, or nil where there is none.
    ///
    /// - Throws: ``StorageError`` with `system` where the disk fails.
    private init?(_ file: DataFile, place: UInt64, at offset: Int) throws(StorageError) {
        guard let bytes = try file.bytes(at: offset, count: Self.byteCount) else { return nil }
        let span = bytes.rawSpan
        let pageSize = Int(span.little(UInt32.self, at: 40))
        guard span.little(UInt64.self, at: 0) == place,
            span.little(UInt16.self, at: 10) == Self.isMeta,
            span.little(UInt32.self, at: 16) == Self.magic,
            span.little(UInt32.self, at: 20) == Self.version,
            (512...65536).contains(pageSize), pageSize.nonzeroBitCount == 1,
            span.little(UInt16.self, at: 44) == Self.integerKeys,
            span.little(UInt32.self, at: 88) == 0, span.little(UInt16.self, at: 92) == 0
        else { return nil }
        self.pageSize = pageSize
        lastPage = span.little(UInt64.self, at: 136)
        transaction = span.little(UInt64.self, at: 144)
        free = TreeRecord(span, at: 40)
        main = TreeRecord(span, at: 88)
    }

    /// The two meta pages, or nil where one of them is none.
    ///
    /// Commits write them in turn, so their transactions follow each other: a newer one that has
    /// become unreadable would otherwise bring back what was before it.
    ///
    /// - Throws: ``StorageError`` with `system` where the disk fails.
    static func pair(in file: DataFile) throws(StorageError) -> (MetaPage, MetaPage)? {
        guard let first = try MetaPage(file, place: 0, at: 0),
            let second = try MetaPage(file, place: 1, at: first.pageSize),
            first.pageSize == second.pageSize
        else { return nil }
        return (first, second)
    }

    /// Whether two meta pages are of two commits that follow each other, or of a new file.
    static func follow(_ first: MetaPage, _ second: MetaPage) -> Bool {
        if first.transaction == 0, second.transaction == 0 { return true }
        let (older, newer) =
            first.transaction < second.transaction ? (first, second) : (second, first)
        return newer.transaction - older.transaction == 1 && first.transaction % 2 == 0
    }

    /// Whether the disk failed in the first commit of a new file.
    ///
    /// LMDB then takes the number and the length back, but not the trees. A store that was once
    /// committed to never gets empty again, so any other such pair is damaged.
    static func isOfFailedFirstCommit(_ first: MetaPage, _ second: MetaPage) -> Bool {
        guard first.transaction == 0, second.transaction == 0, let root = second.main.root else {
            return false
        }
        return second.lastPage < root
    }
}

/// What LMDB says about one tree; every number is checked against the tree itself.
struct TreeRecord: Equatable {
    static let byteCount = 48

    var flags: UInt16
    var depth: Int
    var branchPages: UInt64
    var leafPages: UInt64
    var overflowPages: UInt64
    var entries: UInt64
    /// The root's page, or nil where the tree is empty.
    var root: UInt64?

    init(_ span: RawSpan, at offset: Int) {
        flags = span.little(UInt16.self, at: offset + 4)
        depth = Int(span.little(UInt16.self, at: offset + 6))
        branchPages = span.little(UInt64.self, at: offset + 8)
        leafPages = span.little(UInt64.self, at: offset + 16)
        overflowPages = span.little(UInt64.self, at: offset + 24)
        entries = span.little(UInt64.self, at: offset + 32)
        let page = span.little(UInt64.self, at: offset + 40)
        root = page == .max ? nil : page
    }
}

extension RawSpan {
    /// The little-endian integer at an offset.
    func little<I: FixedWidthInteger & BitwiseCopyable>(_ type: I.Type, at offset: Int) -> I {
        unsafe I(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: type))
    }
}
