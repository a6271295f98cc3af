import Glibc
import SystemPackage
public import VectorCore

/// An index file that has been opened and found sound.
///
/// Opening checks the header, that every section lies inside the file, and that nothing but zeros
/// lies between them; ``load(_:byteCount:)`` checks a section's checksum while it copies it to memory
/// of its own. The file is read, not mapped, so a disk that fails or a file that shrinks is an error
/// and not the end of the process.
public final class IndexFileReader: Sendable {
    /// Where the file lies.
    public let path: String
    /// What the file says about itself.
    public let header: IndexFileHeader
    /// The length of the file in bytes.
    public let byteCount: Int
    /// The CRC-32C of the first page, which holds the checksums of all sections; it tells apart
    /// files of one name and length.
    public let checksum: UInt32

    private let descriptor: FileDescriptor
    private let sections: [String: FileSection]

    /// What is read at once; small enough for the checksum to find it in the cache.
    private static let piece = 1 << 18

    /// Opens a file and checks its first page and its gaps.
    ///
    /// - Throws: ``IndexError`` with `damagedFile` where it is missing, cut or altered, `system`
    ///   where it cannot be read.
    public init(path: String) throws(IndexError) {
        let descriptor: FileDescriptor
        do {
            // A pipe is opened without waiting for who writes to it, and then refused.
            descriptor = try FileDescriptor.open(
                FilePath(path), .readOnly, options: [.closeOnExec, .nonBlocking])
        } catch Errno.noSuchFileOrDirectory {
            throw IndexError(
                .damagedFile,
                "\(path) is missing; build the index again.")
        } catch {
            throw IndexError(.system, "Cannot open \(path): \(error).")
        }
        self.path = path
        self.descriptor = descriptor
        do throws(IndexError) {
            try Self.requireFile(descriptor, path)
            let length = try attempt("measure", path) {
                Int(try descriptor.seek(offset: 0, from: .end))
            }
            guard length >= IndexFileHeader.byteCount else {
                throw IndexError(
                    .damagedFile,
                    "\(path) has \(length) bytes, too few for an index file; build the index again."
                )
            }
            var page = [UInt8](repeating: 0, count: IndexFileHeader.byteCount)
            try Self.fill(&page, from: descriptor, at: 0, path)
            let found = page
            let decoded = try Self.decoded(found, fileLength: length, path: path)
            try Self.checkGaps(decoded.sections, fileLength: length, descriptor, path)
            byteCount = length
            header = decoded.header
            checksum = unsafe found.withUnsafeBytes { unsafe IndexFileHeader.checksum(of: $0) }
            sections = Dictionary(
                decoded.sections.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        } catch {
            try? descriptor.close()
            throw error
        }
    }

    deinit {
        try? descriptor.close()
    }

    /// Copies a section to huge pages and checks its checksum on the way.
    ///
    /// - Parameters:
    ///   - name: the section's name.
    ///   - expected: the length that the reader expects.
    /// - Throws: ``IndexError`` with `damagedFile` where the section is missing, of another length
    ///   or altered; `system` where it cannot be read or memory runs out.
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
        let target = unsafe UnsafeMutableRawBufferPointer(start: pages.base, count: expected)
        guard unsafe try read(section, into: target) == section.checksum else {
            throw altered(name)
        }
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
    /// - Throws: ``IndexError`` with `damagedFile` naming the first section that was altered, or
    ///   `system`.
    /// - Complexity: O(bytes)
    public func verify() throws(IndexError) {
        for (name, section) in sections.sorted(by: { $0.value.offset < $1.value.offset }) {
            guard unsafe try read(section, into: nil) == section.checksum else {
                throw altered(name)
            }
        }
    }

    /// Reads a section piece by piece, to `target` where there is one; returns its checksum.
    private func read(
        _ section: FileSection, into target: UnsafeMutableRawBufferPointer?
    ) throws(IndexError) -> UInt32 {
        var crc = CRC32C()
        var piece = unsafe [UInt8](
            repeating: 0, count: target == nil ? min(Self.piece, section.length) : 0)
        for start in Swift.stride(from: 0, to: section.length, by: Self.piece) {
            let count = min(Self.piece, section.length - start)
            if let target = unsafe target {
                let part = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: target[start..<(start + count)])
                unsafe try Self.fill(part, from: descriptor, at: section.offset + start, path)
                unsafe crc.update(UnsafeRawBufferPointer(part))
            } else {
                if count < piece.count { piece.removeLast(piece.count - count) }
                try Self.fill(&piece, from: descriptor, at: section.offset + start, path)
                unsafe piece.withUnsafeBytes { unsafe crc.update($0) }
            }
        }
        return crc.value
    }

    /// Throws unless it is a file: a pipe would be waited for, and a folder has no bytes.
    private static func requireFile(
        _ descriptor: FileDescriptor, _ path: String
    ) throws(IndexError) {
        var info = stat()
        guard unsafe fstat(descriptor.rawValue, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
            throw IndexError(
                .damagedFile,
                "\(path) is no regular file, so it is no index; "
                    + "build the index again.")
        }
    }

    private static func decoded(
        _ page: [UInt8], fileLength: Int, path: String
    ) throws(IndexError) -> (header: IndexFileHeader, sections: [FileSection]) {
        let result = unsafe page.withUnsafeBytes { bytes in
            Result { () throws(IndexError) in
                unsafe try IndexFileHeader.decoded(bytes, fileLength: fileLength, path: path)
            }
        }
        return try result.get()
    }

    /// Throws unless sections follow each other with nothing but a few zeros between them.
    private static func checkGaps(
        _ sections: [FileSection], fileLength: Int, _ descriptor: FileDescriptor, _ path: String
    ) throws(IndexError) {
        var end = IndexFileHeader.byteCount
        let ends = sections.map { (start: $0.offset, end: $0.offset + $0.length) }
            .sorted { $0 < $1 }
        for next in ends + [(fileLength, fileLength)] {
            guard next.start >= end, next.start - end < 4096 else {
                throw IndexError(
                    .damagedFile,
                    "\(path) has sections that overlap or leave a gap; build the index again.")
            }
            var gap = [UInt8](repeating: 1, count: next.start - end)
            try fill(&gap, from: descriptor, at: end, path)
            guard gap.allSatisfy({ $0 == 0 }) else {
                throw IndexError(
                    .damagedFile,
                    "\(path) has other bytes than zeros between its sections; build the index again."
                )
            }
            end = next.end
        }
    }

    private static func fill(
        _ bytes: inout [UInt8], from descriptor: FileDescriptor, at offset: Int, _ path: String
    ) throws(IndexError) {
        let result = unsafe bytes.withUnsafeMutableBytes { target in
            Result { () throws(IndexError) in
                unsafe try fill(target, from: descriptor, at: offset, path)
            }
        }
        try result.get()
    }

    /// Fills memory with the file's bytes from an offset on.
    private static func fill(
        _ target: UnsafeMutableRawBufferPointer, from descriptor: FileDescriptor, at offset: Int,
        _ path: String
    ) throws(IndexError) {
        var done = 0
        while done < target.count {
            let place = done
            let count = try attempt("read", path) {
                unsafe try descriptor.read(
                    fromAbsoluteOffset: Int64(offset + place),
                    into: UnsafeMutableRawBufferPointer(rebasing: target[place...]))
            }
            guard count > 0 else {
                throw IndexError(.damagedFile, "\(path) is cut short; build the index again.")
            }
            done += count
        }
    }

    /// Whether the file has a section.
    public func has(_ name: String) -> Bool { (try? section(name)) != nil }

    private func section(_ name: String) throws(IndexError) -> FileSection {
        guard let section = sections[name] else {
            throw IndexError(
                .damagedFile,
                "\(path) has no section \(name); build the index again.")
        }
        return section
    }

    private func altered(_ name: String) -> IndexError {
        IndexError(
            .damagedFile,
            "\(path): section \(name) does not match its checksum; build the index again.")
    }
}

/// Runs a call of `SystemPackage` and says in a sentence what it was doing when it failed.
private func attempt<T>(
    _ verb: String, _ path: String, _ body: () throws -> T
) throws(IndexError) -> T {
    do {
        return try body()
    } catch {
        throw IndexError(.system, "Cannot \(verb) \(path): \(error).")
    }
}
