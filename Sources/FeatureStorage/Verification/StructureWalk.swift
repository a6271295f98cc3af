internal import Glibc

/// Follows LMDB's trees page by page and holds every page to what LMDB would have written.
///
/// Nothing that the file says is trusted. A page must have its own number, nodes that fill it without
/// gap or overlap, keys in order and between those of the branch above; it may be reached once; and a
/// tree must have as many pages and entries as its record says. After a walk without fault LMDB finds
/// in these trees no page that it would stumble over.
///
/// Layout: LMDB 0.9, 64 bits, little-endian, no duplicates.
final class StructureWalk {
    /// What a tree's records are handed to; a value is nil where values are not read.
    typealias Visitor = (_ key: RawSpan, _ value: RawSpan) throws(StorageError) -> Void

    enum Order {
        case bytes
        case integers
    }

    let file: DataFile
    let meta: MetaPage
    /// What was found wrong, a sentence each.
    private(set) var faults: [String] = []
    /// Whether the main tree holds something other than trees, as other programs keep it.
    private(set) var hasForeignRecords = false
    /// How many branch and leaf pages were read.
    private(set) var pagesRead = 0
    /// How many pages the trees use, those of large values included.
    private(set) var pagesUsed = 0

    private let pageSize: Int
    /// Pages from here on are not in the file.
    private let end: UInt64
    private var used: PageSet
    private var free: PageSet

    private enum Flags {
        static let branch: UInt16 = 0x01
        static let leaf: UInt16 = 0x02
        static let overflow: UInt16 = 0x04
        static let bigData: UInt16 = 0x01
        static let subTree: UInt16 = 0x02
    }
    private static let headerSize = 16
    private static let nodeHeaderSize = 8
    private static let mostFaults = 100
    private static let deepest = 32

    /// Makes a walk over the trees of a meta page.
    ///
    /// - Throws: ``StorageError`` with `system` where the file's length cannot be read.
    init(_ file: DataFile, _ meta: MetaPage) throws(StorageError) {
        self.file = file
        self.meta = meta
        pageSize = meta.pageSize
        let pages = UInt64(try file.length() / meta.pageSize)
        end = min(pages, meta.lastPage == .max ? .max : meta.lastPage + 1)
        used = PageSet(count: Int(end))
        free = PageSet(count: Int(end))
        _ = used.insert(0)
        _ = used.insert(1)
    }

    /// Notes a fault; the first hundred are kept.
    func fault(_ sentence: String) {
        if faults.count < Self.mostFaults { faults.append(sentence) }
    }

    /// Walks a tree in the order of its keys.
    ///
    /// - Parameters:
    ///   - record: what LMDB says about it.
    ///   - name: what faults call it.
    ///   - order: how its keys compare.
    ///   - visit: gets every record; nil where only the structure matters, then large values are
    ///     not read.
    /// - Throws: ``StorageError`` with `system` where the disk fails, and what `visit` throws.
    func walk(
        _ record: TreeRecord, named name: String, order: Order = .bytes, _ visit: Visitor? = nil
    ) throws(StorageError) {
        let before = faults.count
        var tree = Tree(name: name, order: order)
        if let root = record.root {
            try page(root, depth: 1, &tree, from: nil, to: nil, visit)
        }
        guard faults.count == before else { return }
        if tree.depth != record.depth || tree.branches != record.branchPages
            || tree.leaves != record.leafPages || tree.overflow != record.overflowPages
            || tree.entries != record.entries
        {
            fault("The tree “\(name)” has other pages or records than its description counts.")
        }
    }

    private struct Tree {
        let name: String
        let order: Order
        var depth = 0
        var branches: UInt64 = 0
        var leaves: UInt64 = 0
        var overflow: UInt64 = 0
        var entries: UInt64 = 0
        var lastKey: [UInt8]?
    }

    private struct Node {
        let offset: Int
        let keySize: Int
        let size: Int
    }

    /// Checks a page and all that it leads to; keys must lie between `from` and, below it, `to`.
    private func page(
        _ number: UInt64, depth: Int, _ tree: inout Tree, from: [UInt8]?, to: [UInt8]?,
        _ visit: Visitor?
    ) throws(StorageError) {
        func wrong(_ what: String) {
            fault("Page \(number) of the tree “\(tree.name)” \(what).")
        }
        guard depth <= Self.deepest else { return wrong("lies too deep") }
        guard take(number) else { return wrong("lies outside the file or belongs to two places") }
        guard let bytes = try file.bytes(at: Int(number) * pageSize, count: pageSize) else {
            return wrong("lies outside the file")
        }
        pagesRead += 1
        let span = bytes.rawSpan
        let flags = span.little(UInt16.self, at: 10)
        guard span.little(UInt64.self, at: 0) == number,
            flags == Flags.branch || flags == Flags.leaf
        else { return wrong("is no page of a tree") }
        let isLeaf = flags == Flags.leaf
        // LMDB lets a branch have one child in the tree of free pages only.
        let fewest = isLeaf || tree.order == .integers ? 1 : 2
        guard let nodes = nodes(of: span, isLeaf: isLeaf), nodes.count >= fewest else {
            return wrong("has records that overlap or leave its bounds")
        }
        if isLeaf {
            tree.leaves += 1
            if tree.depth == 0 { tree.depth = depth }
            guard tree.depth == depth else { return wrong("lies at another depth than the others") }
            var last: Node?
            for node in nodes {
                let key = Self.key(node, of: span)
                // Within a page keys are compared where they lie: this is most of a walk's work.
                let isInOrder =
                    if let last {
                        Self.precedes(Self.key(last, of: span), key, tree.order)
                    } else {
                        isFirstInOrder(key, tree, from: from)
                    }
                guard isInOrder, !key.isEmpty, key.byteCount <= 511,
                    tree.order == .bytes || key.byteCount == 8
                else { return wrong("has a key that is out of order") }
                last = node
                tree.entries += 1
                try record(span, node, key, &tree, visit)
            }
            if let last {
                let key = Self.key(last, of: span)
                guard to.map({ Self.precedes(key, $0.rawSpan, tree.order) }) ?? true else {
                    return wrong("has a key that is out of order")
                }
                tree.lastKey = key.array()
            }
            return
        }
        tree.branches += 1
        var low = from
        var children: [(page: UInt64, from: [UInt8]?)] = []
        for (slot, node) in nodes.enumerated() {
            if slot > 0 {
                let start = node.offset + Self.nodeHeaderSize
                let key = span.extracting(start..<(start + node.keySize)).array()
                guard low.map({ Self.precedes($0, key, tree.order) }) ?? true,
                    to.map({ Self.precedes(key, $0, tree.order) }) ?? true, !key.isEmpty
                else { return wrong("has a key that is out of order") }
                low = key
            }
            let child =
                UInt64(span.little(UInt32.self, at: node.offset))
                | UInt64(span.little(UInt16.self, at: node.offset + 4)) << 32
            children.append((child, low))
        }
        for (slot, child) in children.enumerated() {
            let next = slot + 1 < children.count ? children[slot + 1].from : to
            try page(child.page, depth: depth + 1, &tree, from: child.from, to: next, visit)
        }
    }

    /// The nodes of a page in the order of their slots, or nil unless they fill it exactly.
    private func nodes(of span: RawSpan, isLeaf: Bool) -> [Node]? {
        let lower = Int(span.little(UInt16.self, at: 12))
        let upper = Int(span.little(UInt16.self, at: 14))
        guard lower >= Self.headerSize, lower <= upper, upper <= pageSize, lower % 2 == 0 else {
            return nil
        }
        let count = (lower - Self.headerSize) / 2
        var nodes: [Node] = []
        nodes.reserveCapacity(count)
        for slot in 0..<count {
            let offset = Int(span.little(UInt16.self, at: Self.headerSize + 2 * slot))
            guard offset >= upper, offset % 2 == 0, offset + Self.nodeHeaderSize <= pageSize else {
                return nil
            }
            let keySize = Int(span.little(UInt16.self, at: offset + 6))
            var size = Self.nodeHeaderSize + keySize
            if isLeaf {
                let nodeFlags = span.little(UInt16.self, at: offset + 4)
                switch nodeFlags {
                case Flags.bigData: size += 8
                case 0, Flags.subTree: size += Int(span.little(UInt32.self, at: offset))
                default: return nil
                }
            }
            size += size & 1
            guard size <= pageSize - offset else { return nil }
            nodes.append(Node(offset: offset, keySize: keySize, size: size))
        }
        // LMDB closes the gap whenever a node goes, so nodes lie side by side from `upper` on.
        var place = upper
        // Keys that came in order lie from the end to the front.
        let isReversed = zip(nodes, nodes.dropFirst()).allSatisfy { $0.offset > $1.offset }
        let byPlace = isReversed ? nodes.reversed() : nodes.sorted { $0.offset < $1.offset }
        for node in byPlace {
            guard node.offset == place else { return nil }
            place += node.size
        }
        return place == pageSize ? nodes : nil
    }

    @_lifetime(copy page)
    private static func key(_ node: Node, of page: RawSpan) -> RawSpan {
        let start = node.offset + nodeHeaderSize
        return page.extracting(start..<(start + node.keySize))
    }

    /// Whether the first key of a leaf comes behind the leaf before it and the branch above.
    private func isFirstInOrder(_ key: RawSpan, _ tree: Tree, from: [UInt8]?) -> Bool {
        if let last = tree.lastKey, !Self.precedes(last.rawSpan, key, tree.order) { return false }
        if let from, Self.precedes(key, from.rawSpan, tree.order) { return false }
        return true
    }

    private static func precedes(_ left: [UInt8], _ right: [UInt8], _ order: Order) -> Bool {
        precedes(left.rawSpan, right.rawSpan, order)
    }

    private static func precedes(_ left: RawSpan, _ right: RawSpan, _ order: Order) -> Bool {
        switch order {
        case .bytes:
            let shorter = min(left.byteCount, right.byteCount)
            let sign = unsafe left.withUnsafeBytes { left in
                unsafe right.withUnsafeBytes { right in
                    guard let a = left.baseAddress, let b = right.baseAddress else {
                        return Int32(0)
                    }
                    return unsafe memcmp(a, b, shorter)
                }
            }
            return sign != 0 ? sign < 0 : left.byteCount < right.byteCount
        case .integers:
            guard left.byteCount == 8, right.byteCount == 8 else { return false }
            return left.little(UInt64.self, at: 0) < right.little(UInt64.self, at: 0)
        }
    }

    /// Checks where a leaf's record leads, and hands it out.
    private func record(
        _ span: RawSpan, _ node: Node, _ key: RawSpan, _ tree: inout Tree, _ visit: Visitor?
    ) throws(StorageError) {
        let flags = span.little(UInt16.self, at: node.offset + 4)
        let size = Int(span.little(UInt32.self, at: node.offset))
        let data = node.offset + Self.nodeHeaderSize + node.keySize
        // Only the main tree may hold trees; its reader takes them from the value.
        guard (flags == Flags.subTree) == (tree.name == Self.mainName) else {
            if tree.name == Self.mainName { hasForeignRecords = true }
            return fault("A record of the tree “\(tree.name)” is of the wrong kind.")
        }
        guard flags == Flags.bigData else {
            try visit?(key, span.extracting(data..<(data + size)))
            return
        }
        let first = span.little(UInt64.self, at: data)
        guard first < end,
            let header = try file.bytes(at: Int(first) * pageSize, count: Self.headerSize)
        else { return fault("A large value of the tree “\(tree.name)” lies outside the file.") }
        let pages = UInt64(header.rawSpan.little(UInt32.self, at: 12))
        let needed = UInt64((Self.headerSize + size + pageSize - 1) / pageSize)
        guard header.rawSpan.little(UInt64.self, at: 0) == first,
            header.rawSpan.little(UInt16.self, at: 10) == Flags.overflow, pages >= needed,
            pages <= end - first
        else { return fault("A large value of the tree “\(tree.name)” is not where it should be.") }
        for page in first..<(first + pages) {
            guard take(page) else {
                return fault(
                    "A page of a large value of the tree “\(tree.name)” belongs to two places.")
            }
        }
        tree.overflow += pages
        guard let visit else { return }
        guard
            let value = try file.bytes(
                at: Int(first) * pageSize + Self.headerSize, count: size)
        else { return fault("A large value of the tree “\(tree.name)” lies outside the file.") }
        try visit(key, value.rawSpan)
    }

    /// What faults call the tree of the named trees.
    static let mainName = "main"

    private func take(_ page: UInt64) -> Bool {
        guard page < end, used.insert(Int(page)) else { return false }
        pagesUsed += 1
        return true
    }

    /// Walks the tree of free pages, whose lists must hold possible pages, each once.
    ///
    /// - Throws: ``StorageError`` with `system` where the disk fails.
    func walkFreePages() throws(StorageError) {
        var listed: [UInt64] = []
        try walk(meta.free, named: "free pages", order: .integers) { key, value in
            guard value.byteCount >= 8, value.byteCount % 8 == 0,
                key.little(UInt64.self, at: 0) <= self.meta.transaction
            else { return self.fault("A list of free pages has an impossible length or number.") }
            let count = value.little(UInt64.self, at: 0)
            guard count <= UInt64(value.byteCount / 8 - 1) else {
                return self.fault("A list of free pages is longer than its record.")
            }
            var last = UInt64.max
            for place in 0..<Int(count) {
                let page = value.little(UInt64.self, at: 8 + 8 * place)
                guard page >= 2, page <= self.meta.lastPage, page < last else {
                    return self.fault("A list of free pages names pages that cannot be.")
                }
                last = page
                if page < self.end { listed.append(page) }
            }
        }
        for page in listed where !free.insert(Int(page)) {
            return fault("Page \(page) is listed as free twice.")
        }
    }

    /// Checks, after all trees have been walked, that none of their pages is listed as free.
    func checkThatFreePagesAreFree() {
        guard let page = used.firstCommon(with: free) else { return }
        fault("Page \(page) is in use and listed as free.")
    }
}

/// A set of page numbers below a bound.
struct PageSet {
    private var words: [UInt64]

    init(count: Int) {
        words = [UInt64](repeating: 0, count: count / 64 + 1)
    }

    /// Adds a page below the bound; false where it was there.
    mutating func insert(_ page: Int) -> Bool {
        let bit = UInt64(1) << UInt64(page % 64)
        defer { words[page / 64] |= bit }
        return words[page / 64] & bit == 0
    }

    /// The first page that both sets have, or nil.
    func firstCommon(with other: PageSet) -> Int? {
        for (place, (left, right)) in zip(words, other.words).enumerated() where left & right != 0 {
            return 64 * place + (left & right).trailingZeroBitCount
        }
        return nil
    }
}
