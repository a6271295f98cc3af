import Glibc
import SystemPackage
public import VectorCore

/// An index file that has been opened, mapped and found sound.
///
/// Opening checks the header and that every section lies inside the file; ``load(_:byteCount:)``
/// checks a section's checksum while it copies it to memory of its own, so a byte that rotted or a
/// file that shrinks later can never be searched.
///
/// Unchecked: the mapping is read-only and lives as long as the object.
@safe
public final class MappedIndexFile: @unchecked Sendable {
    /// Where the file lies.
    public let path: String
    /// What the file says about itself.
    public let header: IndexFileHeader
    /// The length of the file in bytes.
    public let byteCount: Int
    /// The CRC-32C of the first page, which holds the checksums of all sections; it tells apart
    /// files of one name and length.
    public let checksum: UInt32

    private let base: UnsafeRawPointer
    private let sections: [String: FileSection]

    /// Maps a file and checks its first page.
    ///
    /// - Throws: ``IndexError`` with `damagedFile` where it is missing, cut or altered, `system`
    ///   where it cannot be read.
    public init(path: String) throws(IndexError) {
        let descriptor: FileDescriptor
        do {
            descriptor = try FileDescriptor.open(
                FilePath(path), .readOnly, options: [.closeOnExec])
        } catch Errno.noSuchFileOrDirectory {
            throw IndexError(.damagedFile, "\(path) is missing; build the index again.")
        } catch {
            throw IndexError(.system, "Cannot open \(path): \(error).")
        }
        defer { try? descriptor.close() }
        let length = try attempt("measure", path) {
            Int(try descriptor.seek(offset: 0, from: .end))
        }
        guard length >= IndexFileHeader.byteCount else {
            throw IndexError(
                .damagedFile,
                "\(path) has \(length) bytes, too few for an index file; build the index again.")
        }
        let mapping = unsafe mmap(nil, length, PROT_READ, MAP_PRIVATE, descriptor.rawValue, 0)
        guard let mapping = unsafe mapping, unsafe mapping != MAP_FAILED else {
            throw IndexError(.system, "Cannot map \(path): \(Errno(rawValue: errno)).")
        }
        let page = unsafe UnsafeRawBufferPointer(
            start: mapping, count: IndexFileHeader.byteCount)
        do {
            let decoded = unsafe try IndexFileHeader.decoded(page, fileLength: length, path: path)
            self.path = path
            self.header = decoded.header
            self.byteCount = length
            unsafe self.checksum = IndexFileHeader.checksum(of: page)
            unsafe self.base = UnsafeRawPointer(mapping)
            self.sections = Dictionary(
                decoded.sections.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        } catch {
            unsafe munmap(mapping, length)
            throw error
        }
    }

    deinit {
        unsafe munmap(UnsafeMutableRawPointer(mutating: base), byteCount)
    }

    /// Copies a section to huge pages and checks its checksum on the way.
    ///
    /// - Parameters:
    ///   - name: the section's name.
    ///   - expected: the length that the reader expects.
    /// - Throws: ``IndexError`` with `damagedFile` where the section is missing, of another length
    ///   or altered; `system` where memory runs out.
    /// - Complexity: O(bytes)
    public func load(_ name: String, byteCount expected: Int) throws(IndexError) -> HugePages {
        let section = try section(name)
        guard section.length == expected else {
            throw IndexError(
                .damagedFile,
                "\(path): section \(name) has \(section.length) bytes instead of \(expected); "
                    + "build the index again.")
        }
        let pages = try HugePages(byteCount: expected)
        var crc = CRC32C()
        // Piece by piece, so that the checksum reads what the copy has just brought to the cache.
        let piece = 1 << 18
        for start in Swift.stride(from: 0, to: expected, by: piece) {
            let count = min(piece, expected - start)
            let target = unsafe pages.base + start
            unsafe target.copyMemory(from: base + section.offset + start, byteCount: count)
            unsafe crc.update(UnsafeRawBufferPointer(start: target, count: count))
        }
        guard crc.value == section.checksum else { throw altered(name) }
        return pages
    }

    /// The length of a section in bytes.
    ///
    /// - Throws: ``IndexError`` with `damagedFile` where there is no such section.
    public func length(of name: String) throws(IndexError) -> Int {
        try section(name).length
    }

    /// Checks the checksums of all sections.
    ///
    /// - Throws: ``IndexError`` with `damagedFile` naming the first section that was altered.
    /// - Complexity: O(bytes)
    public func verify() throws(IndexError) {
        for (name, section) in sections.sorted(by: { $0.value.offset < $1.value.offset }) {
            let bytes = unsafe UnsafeRawBufferPointer(
                start: base + section.offset, count: section.length)
            guard unsafe CRC32C.checksum(bytes) == section.checksum else { throw altered(name) }
        }
    }

    private func section(_ name: String) throws(IndexError) -> FileSection {
        guard let section = sections[name] else {
            throw IndexError(
                .damagedFile, "\(path) has no section \(name); build the index again.")
        }
        return section
    }

    private func altered(_ name: String) -> IndexError {
        IndexError(
            .damagedFile,
            "\(path): section \(name) does not match its checksum; build the index again.")
    }
}
