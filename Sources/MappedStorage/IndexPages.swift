import FileMaps
import Glibc
import SystemPackage
public import VectorCore

/// The pages that a part of an index lies in: huge ones of its own, or those of the index's file.
///
/// Graph search touches rows at random; with 4 KiB pages many rows miss the TLB, so that huge pages are faster. Those of a file
/// are there at once, and shared by all processes that read it.
///
/// Unchecked: it is written only by the one that makes it, before it is shared.
@safe
public final class IndexPages: @unchecked Sendable {
    /// The first byte.
    ///
    /// Pages of a file must not be written to.
    public let base: UnsafeMutableRawPointer
    /// How many bytes may be used.
    public let byteCount: Int

    private let owner: Owner

    @safe
    private enum Owner {
        case memory(mapping: UnsafeMutableRawPointer, byteCount: Int)
        case file(FileMap)
    }

    private static let pageSize = 2 << 20

    /// Takes zeroed memory, aligned to 2 MiB, that the system is asked to back with huge pages.
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
        unsafe owner = .memory(mapping: mapping, byteCount: mappedBytes)
        unsafe self.base = mapping.alignedUp(toMultipleOf: alignment)
        if alignment == Self.pageSize { unsafe _ = madvise(base, byteCount, MADV_HUGEPAGE) }
    }

    /// Takes part of a file.
    ///
    /// - Precondition: the file has it, and it is aligned to 64 bytes.
    init(_ map: FileMap, offset: Int, byteCount: Int) {
        precondition(
            offset % 64 == 0 && offset >= 0 && byteCount >= 0 && offset + byteCount <= map.byteCount
        )
        self.byteCount = byteCount
        unsafe base = UnsafeMutableRawPointer(mutating: map.base + offset)
        owner = .file(map)
    }

    deinit {
        if case .memory(let mapping, let byteCount) = owner { unsafe munmap(mapping, byteCount) }
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
