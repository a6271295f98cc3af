import FileMaps
import Glibc
import SystemPackage
public import VectorCore

/// An index file that has been opened and found sound.
///
/// Opening checks the header, that every section lies inside the file, and that nothing but zeros
/// lies between them; ``load(_:byteCount:)`` checks a section's checksum while it copies it to memory
/// of its own. ``pages(_:byteCount:)`` takes a section as it lies in the file, where the file is mapped, and leaves it to
/// ``checks`` to find out whether it is what was written. A disk that fails or a file that shrinks is an error and not the end
/// of the process.
public final class IndexFileReader: Sendable {
    /// What large sections lie in.
    public enum Access: Hashable, Sendable {
        /// Memory of their own, in huge pages where there are some; all is checked before it is used.
        case loaded
        /// The pages of the file, which all processes share; checked while they are used.
        case mapped
    }

    /// Where the file lies.
    public let path: String
    /// What the file says about itself.
    public let header: IndexFileHeader
    /// The length of the file in bytes.
    public let byteCount: Int
    /// The CRC-32C of the first page, which holds the checksums of all sections; it tells apart
    /// files of one name and length.
    public let checksum: UInt32
    /// What is found out about mapped sections while they are used.
    public let checks = DeferredChecks()

    private let file: OpenFile
    private let map: FileMap?
    private let sections: [String: FileSection]

    /// What is read at once; small enough for the checksum to find it in the cache.
    private static let piece = 1 << 18

    /// Opens a file and checks its first page and its gaps.
    ///
    /// - Parameter access: what large sections are to lie in; where the system cannot map the file, they are loaded.
    /// - Throws: ``IndexError`` with `damagedFile` where it is missing, cut or altered, `system`
    ///   where it cannot be read.
    public init(path: String, access: Access = .loaded) throws(IndexError) {
        let file = try OpenFile(path)
        let length = try file.length()
        guard length >= IndexFileHeader.byteCount else {
            throw IndexError(
                .damagedFile,
                "\(path) has \(length) bytes, too few for an index file; build the index again."
            )
        }
        var page = [UInt8](repeating: 0, count: IndexFileHeader.byteCount)
        try file.fill(&page, at: 0)
        let found = page
        let decoded = try Self.decoded(found, fileLength: length, path: path)
        try Self.checkGaps(decoded.sections, fileLength: length, file)
        self.path = path
        self.file = file
        map = access == .mapped ? file.map(byteCount: length) : nil
        byteCount = length
        header = decoded.header
        checksum = unsafe found.withUnsafeBytes { unsafe IndexFileHeader.checksum(of: $0) }
        sections = Dictionary(
            decoded.sections.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Reads an open file again, whatever has its name by now.
    private init(loading other: IndexFileReader) {
        path = other.path
        file = other.file
        map = nil
        byteCount = other.byteCount
        header = other.header
        checksum = other.checksum
        sections = other.sections
    }

    deinit {
        checks.stop()
    }

    /// Whether sections may lie in the pages of the file.
    public var isMapped: Bool { map != nil }

    /// The same file, to be loaded into memory, even where another one has its name by now.
    public var loaded: IndexFileReader { IndexFileReader(loading: self) }

    /// What is wrong with the mapped sections as far as that is known, or nil.
    public var fault: IndexError? {
        if let fault = checks.fault { return fault }
        guard let map, map.hasFaulted else { return nil }
        return IndexError(
            .damagedFile,
            "\(path) is no longer as it was opened, or its disk fails; build the index again.")
    }

    /// Takes a section as it lies in the file, whose checksum ``checks`` will look at; where the file is not mapped, loads it.
    ///
    /// - Parameters:
    ///   - name: the section's name.
    ///   - expected: the length that the reader expects.
    /// - Returns: pages whose content may be anything, and may change, where the file is mapped.
    /// - Throws: ``IndexError`` as ``load(_:byteCount:)`` does.
    /// - Complexity: O(1) where the file is mapped, else O(bytes)
    public func pages(_ name: String, byteCount expected: Int) throws(IndexError) -> IndexPages {
        guard let map else { return try load(name, byteCount: expected) }
        let section = try section(name, byteCount: expected)
        checks.add { [altered = altered(name)] isStopped throws(IndexError) in
            guard Self.checksum(of: section, in: map, isStopped) == section.checksum else {
                if !isStopped() { throw altered }
                return
            }
        }
        return IndexPages(map, offset: section.offset, byteCount: section.length)
    }

    /// Makes a check of sections that may be mapped: later where they are, else now.
    ///
    /// - Throws: ``IndexError`` as `check` does.
    public func check(
        _ check: @escaping @Sendable () throws(IndexError) -> Void
    ) throws(IndexError) {
        guard isMapped else { return try check() }
        checks.add { _ throws(IndexError) in try check() }
    }

    private static func checksum(
        of section: FileSection, in map: FileMap, _ isStopped: () -> Bool
    ) -> UInt32 {
        var crc = CRC32C()
        for start in Swift.stride(from: 0, to: section.length, by: Self.piece) {
            guard !isStopped() else { break }
            unsafe crc.update(
                UnsafeRawBufferPointer(
                    start: map.base + section.offset + start,
                    count: min(Self.piece, section.length - start)))
        }
        return crc.value
    }

    /// Copies a section to huge pages and checks its checksum on the way.
    ///
    /// - Parameters:
    ///   - name: the section's name.
    ///   - expected: the length that the reader expects.
    /// - Throws: ``IndexError`` with `damagedFile` where the section is missing, of another length
    ///   or altered; `system` where it cannot be read or memory runs out.
    /// - Complexity: O(bytes)
    public func load(_ name: String, byteCount expected: Int) throws(IndexError) -> IndexPages {
        let section = try section(name, byteCount: expected)
        let pages = try IndexPages(byteCount: expected)
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
                unsafe try file.fill(part, at: section.offset + start)
                unsafe crc.update(UnsafeRawBufferPointer(part))
            } else {
                if count < piece.count { piece.removeLast(piece.count - count) }
                try file.fill(&piece, at: section.offset + start)
                unsafe piece.withUnsafeBytes { unsafe crc.update($0) }
            }
        }
        return crc.value
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
        _ sections: [FileSection], fileLength: Int, _ file: OpenFile
    ) throws(IndexError) {
        var end = IndexFileHeader.byteCount
        let ends = sections.map { (start: $0.offset, end: $0.offset + $0.length) }
            .sorted { $0 < $1 }
        for next in ends + [(fileLength, fileLength)] {
            guard next.start >= end, next.start - end < 4096 else {
                throw IndexError(
                    .damagedFile,
                    "\(file.path) has sections that overlap or leave a gap; build the index again.")
            }
            var gap = [UInt8](repeating: 1, count: next.start - end)
            try file.fill(&gap, at: end)
            guard gap.allSatisfy({ $0 == 0 }) else {
                throw IndexError(
                    .damagedFile,
                    "\(file.path) has other bytes than zeros between its sections; build the index again."
                )
            }
            end = next.end
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

    private func section(_ name: String, byteCount expected: Int) throws(IndexError) -> FileSection
    {
        let section = try section(name)
        guard section.length == expected else {
            throw IndexError(
                .damagedFile,
                "\(path): section \(name) has \(section.length) bytes instead of \(expected); "
                    + "build the index again.")
        }
        return section
    }

    private func altered(_ name: String) -> IndexError {
        IndexError(
            .damagedFile,
            "\(path): section \(name) does not match its checksum; build the index again.")
    }
}
