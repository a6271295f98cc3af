import Foundation
import IndexCatalog
import IndexDefinitions
import MappedStorage
import TestSupport
import Testing
import VectorCore

/// What is published is read back the same, or not at all.
@Suite struct PublishedIndexTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func answers(
        _ index: any FileBackedIndex, _ set: VectorSet
    ) throws(IndexError) -> [[Neighbor]] {
        try index.searchBatch(
            set.queryMatrix, k: 12, threads: 1)
    }

    private static let sets: [VectorSet] = [
        .gaussian(1, dimension: 1), .clustered(400, dimension: 17), .copies(dimension: 3),
        .zeros(20, of: 60, dimension: 16), .zeros(5, of: 5, dimension: 2),
        .growingNorms(100, dimension: 31),
    ]

    @Test(arguments: IndexCatalog.kinds, allMetrics)
    func reopenedAnswersTheSame(kind: IndexKind, metric: DistanceMetric) throws {
        for set in Self.sets {
            let built = try build(kind, set, metric)
            let published = try Published(built, in: folder)
            let opened = try published.open()
            #expect(opened.index.kind == kind, "\(set)")
            #expect(opened.index.metric == metric, "\(set)")
            #expect(opened.index.dimension == set.dimension, "\(set)")
            #expect(opened.index.count == set.vectors.count, "\(set)")
            #expect(opened.index.memoryBytes == built.memoryBytes, "\(set)")
            #expect(opened.points == (0..<UInt64(set.vectors.count)).map { $0 * 3 + 1 }, "\(set)")
            #expect(opened.sequence == 77, "\(set)")
            #expect(opened.environment == Published.environment, "\(set)")
            #expect(opened.fileByteCount == published.bytes.count, "\(set)")
            #expect(opened.checksum == published.checksum, "\(set)")
            let before = try answers(built, set)
            let after = try answers(opened.index, set)
            #expect(zip(before, after).allSatisfy(areIdentical), "\(set)")
            // And what is published from it is the same file again.
            #expect(try Published(opened.index, in: folder).bytes == published.bytes, "\(set)")
        }
    }

    @Test(arguments: IndexCatalog.kinds)
    func nothingIsReopenedAsNothing(kind: IndexKind) throws {
        let set = VectorSet("nothing", [], queries: [[1, 2]], dimension: 2)
        let opened = try Published(build(kind, set, .l2), in: folder).open()
        #expect(opened.points.isEmpty)
        #expect(try answers(opened.index, set) == [[]])
    }

    @Test(arguments: IndexCatalog.kinds)
    func anIndexOfAnotherStoreIsRefused(kind: IndexKind) throws {
        let published = try Published(
            build(kind, .gaussian(10, dimension: 3), .l2), in: folder)
        let own = Published.environment
        for other in [
            EnvironmentID(high: own.high, low: own.low + 1),
            EnvironmentID(high: own.high ^ 1 << 63, low: own.low),
            EnvironmentID(high: own.low, low: own.high), EnvironmentID(high: 0, low: 0),
        ] {
            let error = #expect(throws: IndexError.self) {
                _ = try IndexSnapshot(opening: published.path, environment: other)
            }
            #expect(error?.code == .damagedFile)
            #expect(error?.message.contains("another store") == true)
        }
    }

    /// Whatever may be wrong with a file, opening it says so or the answers are right.
    private func expectDetection(
        _ published: Published, _ set: VectorSet, _ right: [[Neighbor]], mayPass: Bool = false,
        _ what: String
    ) {
        do {
            let opened = try published.open()
            let now = try answers(opened.index, set)
            #expect(mayPass, "\(what) is not detected")
            #expect(zip(now, right).allSatisfy(areIdentical), "\(what) changes answers")
            #expect(now.count == right.count, "\(what) changes answers")
        } catch {
            #expect(error.code == .damagedFile, "\(what): \(error)")
            #expect(error.message.contains("build the index again"), "\(what): \(error)")
        }
    }

    @Test(arguments: IndexCatalog.kinds)
    func everyCutIsDetected(kind: IndexKind) throws {
        let set = VectorSet.zeros(3, of: 60, dimension: 5)
        let index = try build(kind, set, .cosine, options: testOptions(m: 4))
        let published = try Published(index, in: folder)
        let right = try answers(index, set)
        try withEverySeed(0..<1) { generator, seed in
            var lengths: Set = [0, 1, 7, 8, 100, 4095, 4096, 4097]
            for section in published.sections {
                for edge in [section.offset, section.offset + section.bytes.count] {
                    lengths.formUnion([edge - 1, edge, edge + 1])
                }
            }
            for _ in 0..<60 {
                lengths.insert(Int.random(in: 0..<published.bytes.count, using: &generator))
            }
            for length in lengths.sorted() where length < published.bytes.count {
                try published.overwrite(published.bytes.prefix(length))
                expectDetection(published, set, right, "a cut to \(length), seed \(seed)")
            }
            try published.overwrite(published.bytes + [0])
            expectDetection(published, set, right, "a byte too many")
        }
    }

    @Test(arguments: IndexCatalog.kinds)
    func everyFlippedBitIsDetected(kind: IndexKind) throws {
        let set = VectorSet.zeros(3, of: 60, dimension: 5)
        let index = try build(kind, set, .cosine, options: testOptions(m: 4))
        let published = try Published(index, in: folder)
        let right = try answers(index, set)
        func flip(_ offset: Int, _ bit: Int, mayPass: Bool, _ place: String) throws {
            var bytes = published.bytes
            bytes[offset] ^= 1 << UInt8(bit)
            try published.overwrite(bytes)
            expectDetection(
                published, set, right, mayPass: mayPass, "bit \(bit) of byte \(offset), \(place)")
        }
        try withEverySeed(0..<1) { generator, seed in
            for offset in Array(0..<320) + Array(stride(from: 320, to: 4096, by: 61)) + [4095] {
                try flip(
                    offset, Int.random(in: 0..<8, using: &generator), mayPass: false,
                    "header, seed \(seed)")
            }
            for section in published.sections where !section.bytes.isEmpty {
                let end = section.offset + section.bytes.count
                var offsets = [section.offset, end - 1]
                for _ in 0..<40 {
                    offsets.append(Int.random(in: section.offset..<end, using: &generator))
                }
                for offset in offsets {
                    try flip(
                        offset, Int.random(in: 0..<8, using: &generator), mayPass: false,
                        "section \(section.name), seed \(seed)")
                }
                // Between sections lies padding that nothing reads.
                if end < published.bytes.count, end % 4096 != 0 {
                    try flip(end, 3, mayPass: true, "after \(section.name)")
                }
            }
        }
    }

    @Test(arguments: IndexCatalog.kinds)
    func sectionsThatLackOrHaveOtherLengthsAreRefused(kind: IndexKind) throws {
        let set = VectorSet.zeros(3, of: 60, dimension: 5)
        let index = try build(kind, set, .cosine, options: testOptions(m: 4))
        let original = try Published(index, in: folder)
        let right = try answers(index, set)
        for (number, section) in original.sections.enumerated() {
            var published = original
            published.sections.remove(at: number)
            try published.write()
            expectDetection(published, set, right, "no section \(section.name)")
            for change in [-section.bytes.count, -8, -4, -1, 1, 4, 8, 4096]
            where section.bytes.count + change >= 0 && change != 0 {
                published = original
                published.sections[number].bytes =
                    Array(section.bytes.prefix(section.bytes.count + change))
                    + [UInt8](repeating: 0, count: max(0, change))
                try published.write()
                // Settings without word of codes are those of files from before there were any.
                expectDetection(
                    published, set, right, mayPass: section.name == "hnsw" && change == -4,
                    "\(section.name) of \(change) bytes more")
            }
        }
    }

    @Test(arguments: IndexCatalog.kinds)
    func headersThatDoNotFitAreRefused(kind: IndexKind) throws {
        let set = VectorSet.gaussian(60, dimension: 5)
        let index = try build(kind, set, .l2, options: testOptions(m: 4))
        let original = try Published(index, in: folder)
        let right = try answers(index, set)
        let edits: [(String, (inout IndexFileHeader) -> Void)] = [
            ("a vector more", { $0.count += 1 }), ("a vector less", { $0.count -= 1 }),
            ("no vectors", { $0.count = 0 }), ("2^32 vectors", { $0.count = 1 << 32 }),
            ("2^61 vectors", { $0.count = 1 << 61 }), ("2^62 vectors", { $0.count = .max }),
            ("-1 vectors", { $0.count = -1 }), ("dimension 0", { $0.dimension = 0 }),
            ("dimension 21", { $0.dimension = 21 }),
            ("dimension 2^32 - 1", { $0.dimension = (1 << 32) - 1 }),
            ("2^31 of 2^32 - 1", { ($0.count, $0.dimension) = (1 << 31, (1 << 32) - 1) }),
            ("an unknown kind", { $0.kind = "hnsv" }), ("no kind", { $0.kind = "" }),
            ("no metric", { $0.metric = .minkowski(p: 0.5) }),
        ]
        for (what, edit) in edits {
            var published = original
            if what == "-1 vectors" {
                // The writer would not write it, so it is put into the page.
                var bytes = original.bytes
                bytes.setNumber(Int64(-1), at: 40 - 8)
                bytes.setHeaderChecksum()
                try published.overwrite(bytes)
            } else {
                edit(&published.header)
                try published.write()
            }
            expectDetection(published, set, right, what)
        }
    }

    @Test(arguments: IndexCatalog.kinds)
    func vectorsThatAreNotFiniteAreRefused(kind: IndexKind) throws {
        let set = VectorSet.gaussian(60, dimension: 5)
        let original = try Published(build(kind, set, .l2), in: folder)
        for (number, value) in [(0, Float.nan), (4, .infinity), (59 * 16 + 4, -.infinity)] {
            var published = original
            published["vectors", number, as: UInt32.self] = value.bitPattern
            try published.write()
            let error = #expect(throws: IndexError.self) { _ = try published.open() }
            #expect(error?.code == .damagedFile, "number \(number)")
        }
    }

    /// Numbers of the first page, changed at random under a right checksum, never stop the process.
    @Test(arguments: IndexCatalog.kinds)
    func noHeaderWithARightChecksumDoesHarm(kind: IndexKind) throws {
        let set = VectorSet.gaussian(40, dimension: 5)
        let index = try build(kind, set, .l2, options: testOptions(m: 4))
        let published = try Published(index, in: folder)
        let values: [UInt64] = [
            0, 1, 63, 64, 4096, 1 << 31, 1 << 32, 1 << 58, 1 << 62, 1 << 63, .max,
        ]
        try withEverySeed(0..<400) { generator, seed in
            var bytes = published.bytes
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let end = 128 + 32 * published.sections.count
                let offset = 8 * Int.random(in: 1..<end / 8, using: &generator)
                var value = values.randomElement(using: &generator) ?? 0
                if Bool.random(using: &generator) {
                    value = bytes.number(at: offset, as: UInt64.self) &+ value
                }
                bytes.setNumber(value, at: offset)
            }
            bytes.setHeaderChecksum()
            try published.overwrite(bytes)
            do {
                let opened = try published.open()
                _ = try answers(opened.index, set)
            } catch let error as IndexError {
                #expect(
                    [.damagedFile, .dimensionMismatch].contains(error.code),
                    "seed \(seed): \(error)")
            }
        }
    }
}

extension [UInt8] {
    /// Makes the first page's checksum right again.
    fileprivate mutating func setHeaderChecksum() {
        let crc = unsafe withUnsafeBytes {
            unsafe CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0[..<4092]))
        }
        setNumber(crc, at: 4092)
    }
}
