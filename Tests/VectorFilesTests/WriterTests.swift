import Foundation
import TestSupport
import Testing
import VectorCore
import VectorFiles

@Suite struct WriterTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func whatIsWrittenReadsBack() throws {
        try withEverySeed(0..<4) { generator, seed in
            let dimension = Int.random(in: 1...300, using: &generator)
            let count = Int.random(in: 0...3000, using: &generator)
            let vectors = randomVectors(count, dimension: dimension, using: &generator)
            let path = folder.path("\(seed).npy")
            var writer = try VectorFileWriter(path: path, dimension: dimension)
            for vector in vectors { try writer.append(vector.span) }
            #expect(writer.count == count)
            try writer.finish()
            let file = try VectorFile.open(path)
            #expect(file.count == count && file.dimension == dimension, "seed \(seed)")
            #expect(try allVectors(path) == vectors, "seed \(seed)")
        }
    }

    @Test func theNameAppearsOnlyWhenTheFileIsWhole() throws {
        let path = folder.path("a.npy")
        do {
            var writer = try VectorFileWriter(path: path, dimension: 2)
            try writer.append(FloatMatrix([[1, 2], [3, 4]], columns: 2))
            #expect(try !folder.names.contains("a.npy"))
            #expect(try folder.names.count == 1)
        }
        #expect(try folder.names.isEmpty, "an unfinished file is removed")

        _ = try folder.write("a.npy", Array("what was there".utf8))
        var writer = try VectorFileWriter(path: path, dimension: 2)
        try writer.append(FloatMatrix([[1, 2], [3, 4]], columns: 2))
        #expect(throws: VectorFileError.self) { try VectorFile.open(path) }
        try writer.finish()
        #expect(try allVectors(path) == [[1, 2], [3, 4]])
        #expect(try folder.names == ["a.npy"])
        // Byte for byte what numpy.save writes.
        let expected = Fixture.npy(Fixture.floats([1, 2, 3, 4]), descr: "<f4", shape: "(2, 2)")
        #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: path))) == expected)
    }

    @Test func badInputIsRefused() throws {
        #expect(
            code { try VectorFileWriter(path: folder.path("none/a.npy"), dimension: 2).finish() }
                == .system)
        #expect(
            code { try VectorFileWriter(path: folder.path("a.npy"), dimension: 0).finish() }
                == .zeroDimension)
        var writer = try VectorFileWriter(path: folder.path("a.npy"), dimension: 2)
        do throws(VectorFileError) {
            try writer.append(([1, 2, 3] as [Float]).span)
            Issue.record("a vector of another length was written")
        } catch {
            #expect(error.code == .inconsistentDimension)
        }
        // A folder under the final name stays as it is.
        #expect(code { try VectorFileWriter(path: folder.path, dimension: 2).finish() } == .refused)
    }

    private func code(_ body: () throws -> Void) -> VectorFileError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? VectorFileError)?.code
        }
    }
}
