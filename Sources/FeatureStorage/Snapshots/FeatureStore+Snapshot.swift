public import Foundation
internal import Glibc
internal import JSON
internal import VectorCore

/// What a snapshot that was written, or restored, holds.
public struct SnapshotReport: Sendable {
    /// The snapshot's file.
    public let path: String
    /// How long it is, in bytes.
    public let byteCount: Int
    /// The id of the store.
    public let identifier: UUID
    /// The store's newest change.
    public let sequence: UInt64
    /// What the store holds.
    public let counts: SnapshotFile.Counts
    /// The index files in it.
    public let indexFiles: [String]
    /// Why index files that the catalogue names are not in it, a sentence each.
    public let leftOut: [String]
}

extension FeatureStore {
    /// Writes a copy of the whole store as it is now to one file, while others read and write.
    ///
    /// The copy is read back and verified before it gets its name, so a snapshot of a damaged store is
    /// never made. It holds no free pages.
    ///
    /// - Parameters:
    ///   - path: the file; one of a random name stands beside it meanwhile.
    ///   - replaces: whether a file of that name is replaced.
    ///   - includesIndexes: whether published index files are copied too.
    ///   - fault: what is wrong with an index file, or nil where it is sound; a damaged one is left
    ///     out.
    /// - Throws: ``StorageError`` with `invalidParameter` where the file exists, `damagedStore`,
    ///   `diskFull`, `closed` or `system`; then there is no file, or the one that was there.
    /// - Complexity: O(bytes)
    public func writeSnapshot(
        to path: String, replacing replaces: Bool, includingIndexes includesIndexes: Bool,
        fault: (_ path: String) -> String?
    ) throws(StorageError) -> SnapshotReport {
        guard replaces || !PublishedOutput.isThere(path) else { throw PublishedOutput.exists(path) }
        let output = try PublishedOutput(path: path)
        let files = includesIndexes ? try openIndexFiles() : [:]
        let verification = try copyData(to: output)
        var writer = SnapshotWriter(output)
        try writer.addSection(SnapshotFile.dataName, endingAt: try output.length())
        var names: [String] = []
        var leftOut: [String] = []
        for file in Set(verification.indexes.map(\.entry.file)).sorted() where includesIndexes {
            let place = "\(indexFolder)/\(file)"
            // One that was built meanwhile has been published before the catalogue named it.
            guard let source = files[file] ?? (try? DataFile(path: place)) else {
                leftOut.append("\(place) is missing; build the index again.")
                continue
            }
            if let fault = fault(place), PublishedOutput.isThere(place) {
                leftOut.append(fault)
                continue
            }
            try writer.copySection(file, from: source)
            names.append(file)
        }
        let counts = SnapshotFile.Counts(
            collections: verification.collectionCount, points: verification.pointCount,
            vectors: verification.vectorCount)
        try writer.finish(
            identifier: identifier, format: MetaKey.currentFormat, sequence: verification.sequence,
            counts: counts)
        let byteCount = try output.length()
        try output.publish(replacing: replaces)
        return SnapshotReport(
            path: path, byteCount: byteCount, identifier: identifier,
            sequence: verification.sequence, counts: counts, indexFiles: names, leftOut: leftOut)
    }

    /// Opens the index files that the catalogue names now: a build may replace and remove them.
    private func openIndexFiles() throws(StorageError) -> [String: DataFile] {
        let names = try read { transaction throws(StorageError) in try transaction.indexFiles() }
        var files: [String: DataFile] = [:]
        for name in names { files[name] = try? DataFile(path: "\(indexFolder)/\(name)") }
        return files
    }

    /// Copies the data file behind the header, and verifies the copy.
    private func copyData(to output: PublishedOutput) throws(StorageError) -> StoreVerification {
        try output.seek(to: SnapshotFile.headerBytes)
        try copyPages(to: output.descriptor)
        let length = try output.length() - SnapshotFile.headerBytes
        let file = try DataFile(
            path: output.temporaryPath, part: output.descriptor, at: SnapshotFile.headerBytes,
            length: length)
        let verification = try Self.verify(file, try StructureCheck.metas(file).newer)
        guard let fault = verification.faults.first else { return verification }
        throw StorageError(
            .damagedStore,
            "The store at \(self.path) is damaged, so no snapshot of it is made: \(fault) See all with "
                + "'likeness verify', and restore an earlier snapshot.")
    }
}

/// Puts the parts of a snapshot together.
struct SnapshotWriter {
    private let output: PublishedOutput
    private var sections: [SnapshotFile.Section] = []
    private var place = SnapshotFile.headerBytes

    init(_ output: PublishedOutput) {
        self.output = output
    }

    /// Counts what has been written already as a section.
    mutating func addSection(_ name: String, endingAt end: Int) throws(StorageError) {
        let file = try DataFile(
            path: output.temporaryPath, part: output.descriptor, at: 0, length: end)
        var crc = CRC32C()
        for start in stride(from: place, to: end, by: 1 << 20) {
            guard let bytes = try file.bytes(at: start, count: min(1 << 20, end - start)) else {
                throw StorageError(
                    .system, "\(output.temporaryPath) was cut short while it was written.")
            }
            unsafe bytes.withUnsafeBytes { unsafe crc.update($0) }
        }
        finishSection(name, end, crc)
    }

    /// Copies a file as a section.
    mutating func copySection(_ name: String, from file: DataFile) throws(StorageError) {
        let length = try file.length()
        try output.seek(to: place)
        var crc = CRC32C()
        for start in stride(from: 0, to: length, by: 1 << 20) {
            guard let bytes = try file.bytes(at: start, count: min(1 << 20, length - start)) else {
                throw StorageError(.system, "\(file.path) was cut short while it was read.")
            }
            unsafe bytes.withUnsafeBytes { unsafe crc.update($0) }
            try output.write(bytes)
        }
        finishSection(name, place + length, crc)
    }

    private mutating func finishSection(_ name: String, _ end: Int, _ crc: CRC32C) {
        sections.append(
            SnapshotFile.Section(
                name: name, offset: place, length: end - place, checksum: crc.value))
        place = (end + 4095) & ~4095
    }

    /// Writes the list of sections and the header.
    mutating func finish(
        identifier: UUID, format: UInt32, sequence: UInt64, counts: SnapshotFile.Counts
    ) throws(StorageError) {
        let list: JSONValue = [
            "created": .integer(Int64(time(nil))),
            "collections": .integer(Int64(counts.collections)),
            "points": .integer(Int64(counts.points)),
            "vectors": .integer(Int64(counts.vectors)),
            "sections": .array(
                sections.map { section in
                    [
                        "name": .string(section.name), "offset": .integer(Int64(section.offset)),
                        "length": .integer(Int64(section.length)),
                        "checksum": .integer(Int64(section.checksum)),
                    ]
                }),
        ]
        let text = list.utf8()
        try output.seek(to: place)
        try output.write(text)
        var page = [UInt8](repeating: 0, count: SnapshotFile.headerBytes)
        func put<I: FixedWidthInteger>(_ value: I, at offset: Int) {
            page.replaceSubrange(
                offset..<(offset + I.bitWidth / 8), with: value.bigEndianBytes.reversed())
        }
        page.replaceSubrange(0..<8, with: SnapshotFile.magic)
        put(SnapshotFile.version, at: 8)
        put(format, at: 12)
        page.replaceSubrange(16..<32, with: PointID.uuid(identifier).encoded.dropFirst())
        put(sequence, at: 32)
        put(UInt64(place), at: 40)
        put(UInt64(text.count), at: 48)
        put(SnapshotFile.checksum(text.rawSpan), at: 56)
        put(UInt64(place + text.count), at: 64)
        put(SnapshotFile.checksum(page.rawSpan.extracting(..<4092)), at: 4092)
        try output.seek(to: 0)
        try output.write(page)
    }
}
