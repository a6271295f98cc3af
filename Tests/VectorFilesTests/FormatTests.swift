import TestSupport
import Testing
import VectorCore
import VectorFiles

@Suite struct FormatTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private let numbers: [Float] = [1, -2.5, 3, 0.25, 5e-8, 65504]
    private var rows: [[Float]] { [Array(numbers[..<3]), Array(numbers[3...])] }

    @Test(arguments: [1, 2, 3] as [UInt8])
    func readsFloatsFromEveryVersionOfNpy(version: UInt8) throws {
        let bytes = Fixture.npy(
            Fixture.floats(numbers), descr: "<f4", shape: "(2, 3)", version: version)
        let path = try folder.write("a.npy", bytes)
        let file = try VectorFile.open(path)
        #expect(file.format == .npy && !file.isCompressed && !file.isConverted)
        #expect(file.count == 2 && file.dimension == 3 && file.elementType == .f32)
        #expect(try allVectors(path) == rows)
        #expect(try allVectors(path, rows: 1) == rows)
    }

    @Test func readsHalvesAsTheyAreStored() throws {
        let halves = numbers.map { Float16($0) }
        let content = halves.flatMap { Fixture.littleEndian($0.bitPattern) }
        let path = try folder.write(
            "a.npy", Fixture.npy(content, descr: "<f2", shape: "(3, 2)"))
        let file = try VectorFile.open(path)
        #expect(file.elementType == .f16 && file.count == 3)
        var reader = try file.makeReader()
        let batch = try #require(try reader.next())
        #expect(batch.bytes == content)
        #expect(try allVectors(path).flatMap(\.self) == halves.map { Float($0) })
        let middle = batch.elementBytes(1)
        #expect(middle.byteCount == 4)
    }

    @Test func convertsDoublesAndSignedBytes() throws {
        let doubles = [0.1, -2, 1e300].flatMap { Fixture.littleEndian($0.bitPattern) }
        let path = try folder.write(
            "a.npy", Fixture.npy(doubles, descr: "<f8", shape: "(3,)"))
        let file = try VectorFile.open(path)
        #expect(file.isConverted && file.elementType == .f32)
        #expect(file.storedElementName == "64-bit floats")
        #expect(file.count == 1 && file.dimension == 3)
        var reader = try file.makeReader()
        let batch = try #require(try reader.next())
        #expect(batch.vector(0) == [0.1, -2, .infinity])
        // Too large for 32 bits is found where finiteness is checked.
        #expect(readingError(path)?.code == .notFinite)

        let signed = try folder.write(
            "b.npy", Fixture.npy([0x80, 0xFF, 0, 1], descr: "|i1", shape: "(2, 2)"))
        #expect(try allVectors(signed) == [[-128, -1], [0, 1]])
    }

    @Test func readsBytesAndFlattensDimensionsAfterTheFirst() throws {
        let content = (0..<24).map { UInt8($0 * 10) }
        let path = try folder.write(
            "a.npy", Fixture.npy(content, descr: "|u1", shape: "(2, 3, 4)"))
        let file = try VectorFile.open(path)
        #expect(file.elementType == .u8 && file.count == 2 && file.dimension == 12)
        #expect(try allVectors(path)[1] == content[12...].map { Float($0) })
        #expect(try VectorFile.open(path).floatMatrix().vector(0) == content[..<12].map(Float.init))
    }

    @Test func readsRecords() throws {
        let floats = try folder.write(
            "a.fvecs", Fixture.records(rows.map { Fixture.floats($0) }, elementBytes: 4))
        #expect(try VectorFile.open(floats).format == .fvecs)
        #expect(try allVectors(floats) == rows)
        let bytes = try folder.write(
            "a.bvecs", Fixture.records([[1, 2], [3, 255]], elementBytes: 1))
        #expect(try VectorFile.open(bytes).elementType == .u8)
        #expect(try allVectors(bytes, rows: 1) == [[1, 2], [3, 255]])
    }

    @Test func readsIDXPlainAndCompressed() throws {
        let plain = Fixture.idx((0..<12).map { UInt8($0) }, type: 8, shape: [3, 2, 2])
        let expected = (0..<3).map { row in (0..<4).map { Float(row * 4 + $0) } }
        let path = try folder.write("pictures-idx3-ubyte", plain)
        #expect(try VectorFile.open(path).format == .idx)
        #expect(try allVectors(path) == expected)
        let compressed = try folder.write("b.gz", Fixture.gzip(plain, in: folder))
        let file = try VectorFile.open(compressed)
        #expect(file.isCompressed && file.count == 3 && file.dimension == 4)
        #expect(try allVectors(compressed, rows: 2) == expected)
        let floats = Fixture.idx(
            numbers.flatMap { Fixture.bigEndian($0.bitPattern) }, type: 13, shape: [2, 3])
        #expect(try allVectors(folder.write("c", floats)) == rows)
    }

    @Test func readsCompressedNpyInSeveralMembers() throws {
        let plain = Fixture.npy(Fixture.floats(numbers), descr: "<f4", shape: "(2, 3)")
        let members =
            try Fixture.gzip(Array(plain[..<50]), in: folder)
            + Fixture.gzip(Array(plain[50...]), in: folder)
        #expect(try allVectors(folder.write("a.npy.gz", members)) == rows)
    }

    @Test func contentDecidesBeforeTheExtension() throws {
        let bytes = Fixture.npy(Fixture.floats(numbers), descr: "<f4", shape: "(2, 3)")
        #expect(try VectorFile.open(folder.write("a.fvecs", bytes)).format == .npy)
    }

    @Test func anEmptyArrayHasNoRows() throws {
        let path = try folder.write("a.npy", Fixture.npy([], descr: "<f4", shape: "(0, 3)"))
        let file = try VectorFile.open(path)
        #expect(file.count == 0 && file.dimension == 3)
        #expect(try allVectors(path).isEmpty)
        #expect(try file.floatMatrix().rows == 0)
    }

    @Test func everyHalfHasTheValueThatTheCompilerGivesIt() {
        for bits in UInt16.min...UInt16.max {
            let expected = Float(Float16(bitPattern: bits))
            let found = HalfPrecision.float(bits)
            if found.bitPattern != expected.bitPattern && !(found.isNaN && expected.isNaN) {
                Issue.record("\(bits): \(found), not \(expected)")
            }
        }
    }
}
