import FeatureStorage
import Glibc

/// How many bytes LMDB takes for what an ingest writes.
///
/// A record that is larger than half a page takes whole pages of its own. Smaller ones share pages;
/// new ones come at the end of their field's or collection's part of a tree, where full pages are split.
struct StoreGrowth {
    private let page: Int
    /// A page's header.
    private static let pageHeader = 16
    /// A record's header, and its place in the page's table.
    private static let nodeHeader = 8
    private static let pointer = 2
    /// The key of a vector or a point.
    private static let key = 12
    /// What lies before every value.
    private static let checksum = 4
    /// What lies before a vector's numbers.
    private static let vectorHeader = 16

    init(page: Int = sysconf(Int32(_SC_PAGESIZE))) {
        self.page = page
    }

    /// The bytes of one vector.
    func vector(_ numbers: Int, _ element: ElementType) -> Double {
        record(key: Self.key, value: Self.vectorHeader + numbers * element.size)
    }

    /// The part of ``vector(_:_:)`` that lies in pages of its own, which are written and not read.
    func ownPages(_ numbers: Int, _ element: ElementType) -> Double {
        let value = Self.vectorHeader + numbers * element.size
        guard Self.nodeHeader + Self.key + value > longest else { return 0 }
        return Double(((Self.pageHeader - 1 + value) / page + 1) * page)
    }

    /// The bytes of a new point without vectors.
    ///
    /// - Parameters:
    ///   - payload: how long its payload is as JSON.
    ///   - fields: how many vectors it has, which the change log names.
    func point(payload: Int, fields: Int) -> Double {
        let ids =
            record(key: 13, value: Self.checksum + 8)
            + record(key: Self.key, value: Self.checksum + 9)
        return ids + record(key: Self.key, value: Self.checksum + payload) + change(fields: fields)
    }

    /// The bytes of an entry of the change log.
    func change(fields: Int) -> Double {
        record(key: 8, value: Self.checksum + 13 + 4 * fields)
    }

    /// What a commit needs besides: copies of the pages that it changes, which the one after the
    /// next uses again.
    func commits(fields: Int) -> Double {
        Double(page * (24 + 2 * fields))
    }

    /// The longest node that shares a page.
    private var longest: Int { ((page - Self.pageHeader) / 2 & ~1) - Self.pointer }

    /// A record's bytes with its share of the page that it lies in.
    private func record(key: Int, value: Int) -> Double {
        let node = Self.nodeHeader + key + value
        guard node > longest else { return shared(node) }
        let pages = (Self.pageHeader - 1 + value) / page + 1
        return Double(pages * page) + shared(Self.nodeHeader + key + 8)
    }

    /// A node's share of the page that it lies in.
    ///
    /// LMDB splits a full page of many nodes in its middle, and one of few before its last node.
    private func shared(_ node: Int) -> Double {
        let most = (page - Self.pageHeader) / ((node + 1) & ~1 + Self.pointer)
        let kept = most < page >> 7 ? most - 1 : (most + 1) / 2
        return Double(page) / Double(max(1, kept))
    }
}
