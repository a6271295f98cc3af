import TestSupport
import Testing
import VectorFiles

@Suite struct DamageTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    static let small: [(name: String, bytes: [UInt8])] = [
        (
            "a.npy",
            Fixture.npy(Fixture.floats([1, 2, 3, 4, 5, 6]), descr: "<f4", shape: "(2, 3)")
        ),
        (
            "a.fvecs",
            Fixture.records([Fixture.floats([1, 2]), Fixture.floats([3, 4])], elementBytes: 4)
        ),
        ("a.bvecs", Fixture.records([[1, 2, 3], [4, 5, 6]], elementBytes: 1)),
        ("idx", Fixture.idx([1, 2, 3, 4, 5, 6], type: 8, shape: [2, 3])),
        (
            "float.idx",
            Fixture.idx(Fixture.floats([0, 0, 0, 0]).map(\.self), type: 13, shape: [2, 2])
        ),
    ]

    @Test(arguments: 0..<5)
    func everyCutIsNoticed(which: Int) throws {
        let (name, bytes) = Self.small[which]
        #expect(try readingError(folder.write(name, bytes)) == nil)
        for cut in 0..<bytes.count {
            // Records have no header, so that a cut between them leaves a shorter, whole file.
            if name.hasSuffix("vecs") && cut == bytes.count / 2 { continue }
            let error = try #require(readingError(try folder.write(name, bytes[..<cut])))
            switch error.code {
            case .empty: #expect(cut == 0)
            case .truncated:
                #expect(error.message.contains(" \(cut)") || name.hasSuffix("vecs"), "\(error)")
            // A few bytes of an IDX header are not yet known to be one.
            case .damaged: #expect(cut < 4 && which >= 3, "\(name) cut at \(cut): \(error)")
            default: Issue.record("\(name) cut at \(cut): \(error)")
            }
        }
    }

    @Test(arguments: 0..<5)
    func everyCutOfACompressedFileIsNoticed(which: Int) throws {
        let (name, bytes) = Self.small[which]
        if name.hasSuffix("vecs") { return }
        let compressed = try Fixture.gzip(bytes, in: folder)
        #expect(try readingError(folder.write(name + ".gz", compressed)) == nil)
        for cut in 0..<compressed.count {
            let path = try folder.write(name + ".gz", compressed[..<cut])
            let error = try #require(readingError(path), "cut at \(cut)")
            #expect([.truncated, .empty, .damaged].contains(error.code), "\(error)")
        }
    }

    @Test(arguments: 0..<5)
    func everyFlippedBitOfAHeaderIsNoticedOrHarmless(which: Int) throws {
        let (name, bytes) = Self.small[which]
        let original = try allVectors(folder.write(name, bytes))
        let headerBytes = [128, 4, 4, 12, 12][which]
        for bit in 0..<(8 * min(headerBytes, bytes.count)) {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << (bit % 8)
            let path = try folder.write(name, flipped)
            guard readingError(path) == nil else { continue }
            #expect(try allVectors(path) == original, "bit \(bit) of \(name)")
        }
    }

    @Test func flippedBitsOfCompressedDataAreNoticedOrHarmless() throws {
        let bytes = Fixture.idx((0..<200).map { UInt8($0) }, type: 8, shape: [10, 20])
        let compressed = try Fixture.gzip(bytes, in: folder)
        let original = try allVectors(folder.write("a.gz", compressed))
        for bit in 0..<(8 * compressed.count) {
            var flipped = compressed
            flipped[bit / 8] ^= 1 << (bit % 8)
            let path = try folder.write("a.gz", flipped)
            guard readingError(path) == nil else { continue }
            #expect(try allVectors(path) == original, "bit \(bit)")
        }
    }

    @Test func anotherDimensionInsideIsNamed() throws {
        let rows = [[1, 2], [3, 4], [5, 6, 7], [8, 9]] as [[Float]]
        let path = try folder.write(
            "a.fvecs", Fixture.records(rows.map { Fixture.floats($0) }, elementBytes: 4))
        let error = try #require(readingError(path))
        #expect(error.code == .inconsistentDimension)
        #expect(error.message.hasPrefix("Record 2 of \(path) has 3 numbers, but the first has 2"))
        // The same, where the sizes happen to fit.
        var bytes = Fixture.records([[1, 2], [3, 4], [5, 6]], elementBytes: 1)
        bytes[12] = 7
        let second = try #require(readingError(try folder.write("b.bvecs", bytes)))
        #expect(second.code == .inconsistentDimension && second.message.contains("Record 2"))
    }

    @Test(arguments: [
        ("'<f4'", "True", "(2, 3)", VectorFileError.Code.unsupported),
        ("'>f4'", "False", "(2, 3)", .unsupported),
        ("'<i8'", "False", "(2, 3)", .unsupported),
        ("[('x', '<f4')]", "False", "(2, 3)", .unsupported),
        ("'<f4'", "False", "()", .unsupported),
        ("'<f4'", "False", "(2, 0)", .zeroDimension),
        ("'<f4'", "False", "(2, 4)", .truncated),
        ("'<f4'", "False", "(2, 2)", .damaged),
        ("'<f4'", "False", "(4611686018427387904, 4)", .damaged),
        ("'<f4'", "False", "(99999999999999999999999, 4)", .damaged),
        ("'<f4'", "False", "(2, 3", .damaged),
        ("'<f4'", "False", "(2, -3)", .damaged),
        ("'<f4'", "Falsch", "(2, 3)", .damaged),
        ("'<f4', 'extra': 1", "False", "(2, 3)", .damaged),
    ])
    func strangeNpyHeadersAreRefused(
        descr: String, order: String, shape: String, code: VectorFileError.Code
    ) throws {
        let text = "{'descr': \(descr), 'fortran_order': \(order), 'shape': \(shape), }\n"
        let bytes =
            [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8)
            + Fixture.floats([1, 2, 3, 4, 5, 6])
        let error = try #require(readingError(try folder.write("a.npy", bytes)))
        #expect(error.code == code, "\(error)")
    }

    @Test func whatIsNoFileOfVectorsIsRefused() throws {
        #expect(readingError(folder.path("none.npy"))?.code == .noSuchFile)
        #expect(readingError(folder.path)?.code == .system)
        #expect(readingError("/dev/null")?.code == .system)
        #expect(try readingError(folder.write("a.npy", []))?.code == .empty)
        let text = try folder.write("a.csv", Array("1,2,3\n4,5,6\n".utf8))
        let error = try #require(readingError(text))
        #expect(error.code == .damaged)
        #expect(error.message.contains("31 2c 32 2c"))
        #expect(
            try readingError(folder.write("a.npy", Array("1,2,3\n4,5,6\n".utf8)))?.code == .damaged)
        #expect(
            try readingError(folder.write("a.fvecs", Array("some text".utf8)))?.code == .truncated)
        let zero = try folder.write("b.fvecs", [0, 0, 0, 0])
        #expect(readingError(zero)?.code == .zeroDimension)
        let negative = try folder.write("c.fvecs", [0, 0, 0, 0x80, 1, 2, 3, 4])
        #expect(readingError(negative)?.code == .damaged)
        let labels = try folder.write("labels", Fixture.idx([1, 2, 3], type: 8, shape: [3]))
        #expect(readingError(labels)?.code == .unsupported)
        let integers = try folder.write(
            "int", Fixture.idx([0, 0, 0, 1], type: 12, shape: [1, 1]))
        #expect(readingError(integers)?.code == .unsupported)
        let flat = try folder.write("flat", Fixture.idx([], type: 8, shape: [3, 0]))
        #expect(readingError(flat)?.code == .zeroDimension)
        let packed = try folder.write(
            "d.fvecs.gz", Fixture.gzip([2, 0, 0, 0], in: folder))
        #expect(readingError(packed)?.code == .unsupported)
    }

    @Test func compressedHeadersCannotClaimMoreThanTheyHold() throws {
        let bytes = Fixture.idx([1], type: 8, shape: [4_000_000_000, 1_000_000])
        let error = try #require(
            readingError(try folder.write("a.gz", Fixture.gzip(bytes, in: folder))))
        #expect(error.code == .truncated)
        let longer = Fixture.idx([1, 2, 3, 4, 5], type: 8, shape: [2, 2])
        let second = readingError(try folder.write("b.gz", Fixture.gzip(longer, in: folder)))
        #expect(second?.code == .damaged)
    }

    @Test func notFiniteNumbersAreNamed() throws {
        let path = try folder.write(
            "a.npy",
            Fixture.npy(
                Fixture.floats([1, 2, 3, 4, 5, .nan]), descr: "<f4", shape: "(3, 2)"))
        let error = try #require(readingError(path))
        #expect(error.code == .notFinite)
        #expect(error.message.hasPrefix("Number 1 of row 2 of \(path) is nan"))
        #expect(throws: VectorFileError.self) { try VectorFile.open(path).floatMatrix() }
        let half = try folder.write(
            "b.npy", Fixture.npy([0, 0x7C, 0, 0], descr: "<f2", shape: "(1, 2)"))
        #expect(readingError(half)?.message.contains("Number 0 of row 0") == true)
    }
}
