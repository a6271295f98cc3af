/// Follows LMDB's trees page by page, to tell a file that is cut short from one whose end is free.
///
/// Nothing that the file says is trusted: a page number or an offset outside its bounds ends the
/// walk. Layout: LMDB 0.9, 64 bits, little-endian, no duplicates.
struct PageWalk {
    let file: DataFile
    let pageSize: Int
    /// How many whole pages the file has.
    let pages: UInt64
    private var visited = 0

    private enum Flags {
        static let branch: UInt16 = 0x01
        static let leaf: UInt16 = 0x02
        static let overflow: UInt16 = 0x04
        static let bigData: UInt16 = 0x01
        static let subTree: UInt16 = 0x02
    }
    private static let headerSize = 16
    private static let nodeHeaderSize = 8

    init(file: DataFile, pageSize: Int, pages: UInt64) {
        self.file = file
        self.pageSize = pageSize
        self.pages = pages
    }

    /// Whether every page that the trees lead to lies inside the file.
    mutating func reachesOnlyPagesOfTheFile(_ roots: [UInt64?]) -> Bool {
        var ahead = roots.compactMap { $0 }
        while let page = ahead.popLast() {
            visited += 1
            guard visited <= pages, let children = children(of: page) else { return false }
            ahead += children
        }
        return true
    }

    /// The pages and roots that a page leads to, or nil where something lies outside the file.
    private func children(of page: UInt64) -> [UInt64]? {
        guard page < pages,
            let bytes = file.bytes(at: Int(page) * pageSize, count: pageSize)
        else { return nil }
        let span = bytes.rawSpan
        let flags = span.integer(UInt16.self, at: 10).byteSwapped
        let lower = Int(span.integer(UInt16.self, at: 12).byteSwapped)
        guard flags & (Flags.branch | Flags.leaf) != 0, lower >= Self.headerSize, lower <= pageSize
        else { return nil }
        var children: [UInt64] = []
        for slot in 0..<(lower - Self.headerSize) / 2 {
            let node = Int(
                span.integer(UInt16.self, at: Self.headerSize + 2 * slot).byteSwapped)
            guard node >= lower, node + Self.nodeHeaderSize <= pageSize else { return nil }
            let low = UInt64(span.integer(UInt32.self, at: node).byteSwapped)
            let nodeFlags = span.integer(UInt16.self, at: node + 4).byteSwapped
            if flags & Flags.branch != 0 {
                children.append(low | UInt64(nodeFlags) << 32)
                continue
            }
            let keySize = Int(span.integer(UInt16.self, at: node + 6).byteSwapped)
            let data = node + Self.nodeHeaderSize + keySize
            if nodeFlags & Flags.bigData != 0 {
                guard data + 8 <= pageSize,
                    holdsOverflow(at: span.integer(UInt64.self, at: data).byteSwapped)
                else { return nil }
            } else if nodeFlags & Flags.subTree != 0 {
                guard data + 48 <= pageSize else { return nil }
                let root = span.integer(UInt64.self, at: data + 40).byteSwapped
                if root != .max { children.append(root) }
            }
        }
        return children
    }

    private func holdsOverflow(at page: UInt64) -> Bool {
        guard page < pages,
            let bytes = file.bytes(at: Int(page) * pageSize, count: Self.headerSize)
        else { return false }
        let span = bytes.rawSpan
        let count = UInt64(span.integer(UInt32.self, at: 12).byteSwapped)
        let flags = span.integer(UInt16.self, at: 10).byteSwapped
        return flags & Flags.overflow != 0 && count <= pages - page
    }
}
