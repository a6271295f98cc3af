import Glibc
import SystemPackage
public import VectorCore

/// Zeroed memory, aligned to 2 MiB, that the kernel is asked to back with huge pages.
///
/// Graph search touches rows at random; with 4 KiB pages nearly every row misses the TLB.
///
/// Unchecked: it is written only by the one that makes it, before it is shared.
@safe
public final class HugePages: @unchecked Sendable {
    /// The first byte.
    public let base: UnsafeMutableRawPointer
    /// How many bytes may be used.
    public let byteCount: Int

    private let mapping: UnsafeMutableRawPointer
    private let mappedBytes: Int

    private static let pageSize = 2 << 20

    /// Takes memory from the system.
    ///
    /// - Throws: ``IndexError`` with `system` where there is not enough.
    public init(byteCount: Int) throws(IndexError) {
        if let refusal = AvailableMemory.refusal(byteCount, for: "an index") {
            throw IndexError(.system, refusal)
        }
        // A small block would waste most of a huge page.
        let alignment = byteCount >= Self.pageSize ? Self.pageSize : 4096
        let mappedBytes = max(1, byteCount) + alignment
        let mapping = unsafe mmap(
            nil, mappedBytes, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let mapping = unsafe mapping, unsafe mapping != MAP_FAILED else {
            throw IndexError(
                .system, "No memory for \(byteCount) bytes: \(Errno(rawValue: errno)).")
        }
        self.byteCount = byteCount
        unsafe self.mapping = mapping
        self.mappedBytes = mappedBytes
        unsafe self.base = mapping.alignedUp(toMultipleOf: alignment)
        if alignment == Self.pageSize { unsafe _ = madvise(base, byteCount, MADV_HUGEPAGE) }
    }

    deinit {
        unsafe munmap(mapping, mappedBytes)
    }

    /// The memory as rows of floats; the matrix keeps it alive.
    ///
    /// - Precondition: the memory holds `rows` rows in the layout of `FloatMatrix`.
    public func matrix(rows: Int, columns: Int) -> FloatMatrix {
        precondition(rows * FloatMatrix.stride(columns: columns) * 4 <= byteCount)
        return unsafe FloatMatrix(
            borrowing: UnsafePointer(base.assumingMemoryBound(to: Float.self)), rows: rows,
            columns: columns, owner: self)
    }

    /// The memory as plain values.
    @unsafe
    public func values<T: BitwiseCopyable>(as type: T.Type) -> UnsafeBufferPointer<T> {
        unsafe UnsafeBufferPointer(
            start: UnsafePointer(base.assumingMemoryBound(to: type)),
            count: byteCount / MemoryLayout<T>.stride)
    }
}
