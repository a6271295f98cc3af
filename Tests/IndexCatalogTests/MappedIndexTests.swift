import Foundation
import Glibc
import IndexCatalog
import IndexDefinitions
import MappedStorage
import TestSupport
import Testing
import VectorCore

/// Indexes that lie in the pages of their files.
@Suite struct MappedIndexTests {
    private static let count = 600
    private static let dimension = 40

    /// An index in a file, and another read of it that is checked while it is used.
    private struct Mapped {
        let set = VectorSet.gaussian(MappedIndexTests.count, dimension: MappedIndexTests.dimension)
        let queries = VectorSet.gaussian(20, dimension: MappedIndexTests.dimension, seed: 2).matrix
        let published: Published
        let built: any FileBackedIndex

        init(_ kind: IndexKind, codes: VectorCodes? = nil, in folder: TemporaryFolder) throws {
            var options = testOptions()
            options.hnsw.codes = codes
            built = try build(kind, set, .l2, options: options)
            published = try Published(built, in: folder)
        }

        func file() throws(IndexError) -> IndexFileReader {
            try IndexFileReader(path: published.path, access: .mapped)
        }

        /// As for a large file: nothing but the structure is checked before it is used.
        func open(_ file: IndexFileReader) throws(IndexError) -> any FileBackedIndex {
            try IndexCatalog.read(file, checkingAtOnce: 0)
        }
    }

    /// What a file has that is not read into memory.
    private static func largeSections(_ kind: IndexKind) -> Set<String> {
        ["vectors", "levels", "starts", "ground", "upper", "codes", "lists"]
    }

    @Test(arguments: IndexCatalog.kinds)
    func theyAnswerAsLoadedOnesDo(kind: IndexKind) throws {
        let folder = try TemporaryFolder()
        let mapped = try Mapped(kind, in: folder)
        let file = try mapped.file()
        #expect(file.isMapped)
        let index = try mapped.open(file)
        // Whatever has the name by now.
        try FileManager.default.removeItem(atPath: mapped.published.path)
        var limits = SearchLimits(k: 10, threads: 2)
        for allowed in [nil, RowSet(of: stride(from: 3, to: UInt32(Self.count), by: 7))] {
            limits.allowed = allowed
            for within in [nil, Float(8)] {
                limits.within = within
                #expect(
                    try index.nearest(mapped.queries, limits)
                        == mapped.built.nearest(mapped.queries, limits))
            }
        }
        try file.checks.finish()
        #expect(file.checks.areDone && file.fault == nil)
        #expect(index.recallTable == mapped.built.recallTable)
        #expect(
            try index.vectors(of: [5, 1]).vector(0) == mapped.built.vectors(of: [5, 1]).vector(0))
        let again = try Published(index, in: folder)
        #expect(again.bytes == mapped.published.bytes)
    }

    @Test(arguments: IndexCatalog.kinds)
    func oneThatChangesNeedsItsFileNoMore(kind: IndexKind) throws {
        let folder = try TemporaryFolder()
        let mapped = try Mapped(kind, in: folder)
        let living = try mapped.open(try mapped.file())
            .living(ids: RowIDs(numbering: Self.count), waits: true)
        try mapped.published.overwrite([UInt8](repeating: 0xAB, count: 10_000))
        try living.change(.remove([0, 1, 2]))
        let added = VectorSet.gaussian(50, dimension: Self.dimension, seed: 3).matrix
        try living.change(.add(added, ids: nil))
        try living.settle(threads: 2)
        let limits = SearchLimits(k: 1, effort: .exact)
        for row in 0..<added.rows {
            let found = try living.version.index.nearest(added[row], limits)
            #expect(found.map { living.version.ids[$0.row] } == [UInt64(Self.count + row)])
        }
    }

    @Test(arguments: IndexCatalog.kinds, [VectorCodes.f32, .rq8])
    func aBitThatWasFlippedIsFound(kind: IndexKind, codes: VectorCodes) throws {
        let folder = try TemporaryFolder()
        let mapped = try Mapped(kind, codes: codes, in: folder)
        var generator = SplitMix64(seed: 7)
        for section in mapped.published.sections
        where Self.largeSections(kind).contains(section.name) && !section.bytes.isEmpty {
            var bytes = mapped.published.bytes
            let place = section.offset + Int.random(in: section.bytes.indices, using: &generator)
            bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            try mapped.published.overwrite(bytes)
            // A small file is checked at once.
            let error = #expect(throws: IndexError.self) { try IndexCatalog.read(mapped.file()) }
            #expect(error?.code == .damagedFile)
            // Flipped links may be wrong at once.
            let file = try mapped.file()
            guard let index = try? mapped.open(file) else { continue }
            let limits = SearchLimits(k: 10, threads: 2)
            for _ in 0..<3 { _ = try? index.nearest(mapped.queries, limits) }
            let found = #expect(throws: IndexError.self) { try file.checks.finish() }
            #expect(found?.code == .damagedFile)
            for effort in [SearchLimits.Effort.usual, .exact] {
                var limits = limits
                limits.effort = effort
                let refused = #expect(throws: IndexError.self) {
                    try index.nearest(mapped.queries, limits)
                }
                #expect(refused?.code == .damagedFile)
            }
            #expect(throws: IndexError.self) { try index.vectors(of: [1]) }
            #expect(throws: IndexError.self) {
                try index.living(ids: RowIDs(numbering: Self.count), waits: true)
            }
            let copy = folder.path("copy")
            #expect(throws: IndexError.self) {
                var writer = try IndexFileWriter(path: copy, header: mapped.published.header)
                try index.writeSections(to: &writer)
                _ = try writer.finish()
            }
            #expect(!FileManager.default.fileExists(atPath: copy))
        }
    }

    /// What its checksum agrees with may still be no index.
    @Test(arguments: IndexCatalog.kinds)
    func numbersThatAreNoneAreFound(kind: IndexKind) throws {
        let folder = try TemporaryFolder()
        let mapped = try Mapped(kind, in: folder)
        var published = mapped.published
        published["vectors", 100, as: UInt32.self] = Float.nan.bitPattern
        try published.write()
        let file = try mapped.file()
        // It may be found before anybody has the index.
        let index = try? mapped.open(file)
        _ = try? index?.nearest(mapped.queries, SearchLimits(k: 10, threads: 2))
        let error = #expect(throws: IndexError.self) { try file.checks.finish() }
        #expect(error?.message.contains("not finite") == true)
        guard let index else { return }
        #expect(throws: IndexError.self) { try index.nearest(mapped.queries, SearchLimits(k: 1)) }
    }

    /// Another program writes over the file while it is searched: answers may be wrong until that is known, and nothing
    /// else happens.
    @Test(arguments: IndexCatalog.kinds, [VectorCodes.f32, .rq8])
    func bytesThatChangeUnderSearchLeadNowhere(kind: IndexKind, codes: VectorCodes) throws {
        let folder = try TemporaryFolder()
        let mapped = try Mapped(kind, codes: codes, in: folder)
        let file = try mapped.file()
        let index = try mapped.open(file)
        try file.checks.finish()
        let descriptor = unsafe Glibc.open(mapped.published.path, O_WRONLY)
        defer { close(descriptor) }
        var generator = SplitMix64(seed: 11)
        var limits = SearchLimits(k: 10, threads: 2)
        for round in 0..<200 {
            guard
                let section = mapped.published.sections.filter({
                    Self.largeSections(kind).contains($0.name) && !$0.bytes.isEmpty
                }).randomElement(using: &generator)
            else { return }
            let bytes = (0..<512).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let place = Int.random(in: section.bytes.indices, using: &generator)
            let length = min(bytes.count, section.bytes.count - place)
            _ = unsafe pwrite(descriptor, bytes, length, off_t(section.offset + place))
            limits.allowed =
                round % 2 == 0 ? nil : RowSet(of: stride(from: 1, to: UInt32(Self.count), by: 9))
            limits.effort = round % 5 == 0 ? .exact : .setting(1 + round)
            let answers = (try? index.nearest(mapped.queries, limits)) ?? []
            #expect(answers.joined().allSatisfy { $0.row.position < Self.count })
        }
    }

    @Test(arguments: IndexCatalog.kinds)
    func aFileThatIsCutUnderSearchIsAnError(kind: IndexKind) throws {
        let folder = try TemporaryFolder()
        let mapped = try Mapped(kind, in: folder)
        let file = try mapped.file()
        let index = try mapped.open(file)
        _ = unsafe truncate(mapped.published.path, 8192)
        let limits = SearchLimits(k: 10, effort: .exact, threads: 2)
        let error = #expect(throws: IndexError.self) { try index.nearest(mapped.queries, limits) }
        #expect(error?.code == .damagedFile)
        #expect(file.fault != nil)
        #expect(throws: IndexError.self) {
            try index.living(ids: RowIDs(numbering: 600), waits: true)
        }
    }

    /// A child has none of its parent's threads.
    @Test func aForkedProcessMakesTheChecksItself() throws {
        let folder = try TemporaryFolder()
        let mapped = try Mapped(.flat, in: folder)
        let file = try mapped.file()
        let index = try mapped.open(file)
        let status = fork {
            guard (try? file.checks.finish()) != nil, file.checks.areDone else { return false }
            let found = try? index.nearest(mapped.queries, SearchLimits(k: 1))
            return found?.count == mapped.queries.rows
        }
        #expect(status == 0)
    }
}
