import Foundation
import MappedStorage
import TestSupport
import Testing
import VectorCore

@Suite struct IndexFileTests {
    private let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "likeness-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private var path: String { folder + "/index" }

    private static let header = IndexFileHeader(
        kind: "flat", metric: .minkowski(p: 3), count: 5, dimension: 7,
        environment: EnvironmentID(high: 1, low: 2), sequence: 42)

    @discardableResult
    private func write(header: IndexFileHeader = Self.header) throws -> PublishedFile {
        var writer = try IndexFileWriter(path: path, header: header)
        try writer.section("numbers") { sink throws(IndexError) in
            try sink.write([UInt32](0..<3000))
        }
        try writer.section("empty") { _ throws(IndexError) in }
        try writer.section("bytes") { sink throws(IndexError) in try sink.write([UInt8(9)]) }
        return try writer.finish()
    }

    private func readAll() throws {
        let file = try IndexFileReader(path: path)
        try file.verify()
        _ = try file.load("numbers", byteCount: 12000)
        _ = try file.load("bytes", byteCount: 1)
    }

    @Test func whatIsWrittenIsRead() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try write()
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(!files.contains { $0.hasSuffix(".partial") })
        let file = try IndexFileReader(path: path)
        #expect(file.header.kind == "flat")
        #expect(file.header.metric == .minkowski(p: 3))
        #expect(file.header.count == 5)
        #expect(file.header.dimension == 7)
        #expect(file.header.environment == Self.header.environment)
        #expect(file.header.sequence == 42)
        let pages = try file.load("numbers", byteCount: 12000)
        let numbers = unsafe pages.values(as: UInt32.self)
        #expect(unsafe Array(numbers) == [UInt32](0..<3000))
        #expect(try file.length(of: "empty") == 0)
        #expect(throws: IndexError.self) { try file.load("numbers", byteCount: 11996) }
        #expect(throws: IndexError.self) { try file.load("absent", byteCount: 1) }
    }

    @Test func aPublishedFileIsToldByLengthAndChecksum() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let published = try write()
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(published.byteCount == bytes.count)
        var crc = CRC32C()
        unsafe bytes[..<4092].withUnsafeBytes { unsafe crc.update($0) }
        #expect(published.checksum == crc.value)
        let file = try IndexFileReader(path: path)
        #expect(file.byteCount == published.byteCount)
        #expect(file.checksum == published.checksum)
        var header = Self.header
        header.sequence += 1
        let other = try write(header: header)
        #expect(other.byteCount == published.byteCount)
        #expect(other.checksum != published.checksum)
    }

    @Test func anUnfinishedFileIsNeverSeen() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            var writer = try IndexFileWriter(path: path, header: Self.header)
            try writer.section("bytes") { sink throws(IndexError) in try sink.write([UInt8(1)]) }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }

    @Test func aMissingFileSaysSo() {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let error = #expect(throws: IndexError.self) { try IndexFileReader(path: path) }
        #expect(error?.code == .damagedFile)
        #expect(error?.message.contains("is missing") == true)
    }

    @Test func everyCutIsDetected() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try write()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for length in Array(stride(from: 0, to: bytes.count, by: 97)) + [bytes.count - 1] {
            try bytes.prefix(length).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: IndexError.self, "cut to \(length)") { try readAll() }
            #expect(error?.code == .damagedFile, "cut to \(length)")
        }
    }

    @Test func everyFlippedBitIsDetected() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try write()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let content =
            Array(0..<4096) + Array(stride(from: 4096, to: bytes.count, by: 5)) + [bytes.count - 1]
        try withEverySeed(0..<1) { generator, seed in
            for offset in content {
                var damaged = bytes
                damaged[offset] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                try damaged.write(to: URL(fileURLWithPath: path))
                let error = #expect(throws: IndexError.self, "byte \(offset), seed \(seed)") {
                    try readAll()
                }
                #expect(error?.code == .damagedFile, "byte \(offset), seed \(seed)")
            }
        }
    }
}
