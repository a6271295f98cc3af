internal import Glibc

/// A whole file in memory, to be read only: its pages are those of the system's cache, which all processes share.
///
/// A page that is missing when it is read, because the disk fails or somebody has cut the file, is replaced with zeros, and
/// ``hasFaulted`` says so from then on.
///
/// Unchecked: its properties never change. The bytes may, where another program writes to the file; who reads them expects that.
@safe
public final class FileMap: @unchecked Sendable {
    /// The first byte.
    @unsafe public let base: UnsafeRawPointer
    /// How many bytes there are.
    public let byteCount: Int
    private let watch: MapFaults.Watch

    /// Maps an open file; the descriptor may be closed afterwards.
    ///
    /// - Returns: nil where the system maps no such file, the file is empty, or too many maps are watched.
    public init?(descriptor: Int32, byteCount: Int) {
        guard byteCount > 0,
            let base = unsafe mmap(nil, byteCount, PROT_READ, MAP_SHARED, descriptor, 0),
            unsafe base != MAP_FAILED
        else { return nil }
        let start = UInt(bitPattern: base)
        guard let watch = unsafe MapFaults.watch(start..<(start + UInt(byteCount))) else {
            unsafe munmap(base, byteCount)
            return nil
        }
        unsafe self.base = UnsafeRawPointer(base)
        self.byteCount = byteCount
        self.watch = watch
    }

    deinit {
        MapFaults.forget(watch)
        unsafe munmap(UnsafeMutableRawPointer(mutating: base), byteCount)
    }

    /// Whether a page was missing when it was read.
    public var hasFaulted: Bool { watch.hasFaulted }
}
