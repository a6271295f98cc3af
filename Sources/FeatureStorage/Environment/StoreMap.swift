internal import FileMaps
internal import Glibc

/// Watches the maps that LMDB makes of a store's files.
enum StoreMap {
    /// Watches the map of one of a store's files, or returns nil where it cannot be found.
    static func watch(_ filePath: String, ofStore path: String) -> MapFaults.Watch? {
        guard let range = range(ofMap: filePath) else { return nil }
        return unsafe MapFaults.watch(
            range, filler: UnsafeRawPointer(blindPage),
            sentence: """
                likeness: The store at \(path) is damaged, or its disk fails; run 'likeness verify \
                --store \(path)' and restore a snapshot.

                """)
    }

    /// What comes in the place of a missing page.
    ///
    /// LMDB ends the process where a cursor comes upon a page of another kind than it expects, zeros among
    /// them. So this one is a branch and a leaf, of two nodes with neither key nor value; the child of both is
    /// a page that no file has, so that LMDB says that a page is missing.
    ///
    /// Unsafe, because it is memory; it is written once and never freed.
    nonisolated(unsafe) private static let blindPage: UnsafeMutableRawPointer = {
        let size = sysconf(Int32(_SC_PAGESIZE))
        let page = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: size)
        unsafe page.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        let node: UInt16 = 32
        // Its flags, the bounds of the room between the nodes' places and the nodes, and those places.
        unsafe page.storeBytes(of: 0b11, toByteOffset: 10, as: UInt16.self)
        unsafe page.storeBytes(of: 20, toByteOffset: 12, as: UInt16.self)
        unsafe page.storeBytes(of: node, toByteOffset: 14, as: UInt16.self)
        unsafe page.storeBytes(of: node, toByteOffset: 16, as: UInt16.self)
        unsafe page.storeBytes(of: node, toByteOffset: 18, as: UInt16.self)
        // Bits 32 to 47 of the child's number; of a leaf's node flags that mean nothing.
        unsafe page.storeBytes(of: 8, toByteOffset: Int(node) + 4, as: UInt16.self)
        return unsafe page
    }()

    /// Where a file is mapped, which LMDB does not tell.
    static func range(ofMap path: String) -> Range<UInt>? {
        let name = "/\(path.split(separator: "/").last ?? "")"
        var info = stat()
        guard unsafe stat(path, &info) == 0 else { return nil }
        for line in maps().split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            guard parts.count == 6, UInt64(parts[4]) == UInt64(info.st_ino),
                parts[5].hasSuffix(name)
            else { continue }
            let ends = parts[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            // A forked process has the map of its parent as well.
            if ends.count == 2, ends[0] < ends[1], !MapFaults.isWatched(ends[0]) {
                return ends[0]..<ends[1]
            }
        }
        return nil
    }

    /// All maps of the process, a line each.
    ///
    /// The system gives some pages of the list at a time, and no length, so it is read to its end.
    private static func maps() -> String {
        let descriptor = unsafe open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += piece[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
