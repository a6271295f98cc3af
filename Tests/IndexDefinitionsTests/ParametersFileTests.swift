import HNSW
import IndexDefinitions
import MappedStorage
import TestSupport
import Testing
import VectorCore

/// Parameters are read as they were written, or the file is refused.
@Suite struct ParametersFileTests {
    private let folder: TemporaryFolder
    private let definition = HNSWDefinition()

    init() throws {
        folder = try TemporaryFolder()
    }

    private static let header = IndexFileHeader(
        kind: "hnsw", metric: .l2, count: 0, dimension: 1,
        environment: EnvironmentID(high: 1, low: 2), sequence: 3)

    private func write(
        _ body: (inout IndexFileWriter) throws(IndexError) -> Void
    ) throws -> IndexFileReader {
        var writer = try IndexFileWriter(path: folder.path("index"), header: Self.header)
        try body(&writer)
        _ = try writer.finish()
        return try IndexFileReader(path: folder.path("index"))
    }

    private func read(_ text: String) throws -> IndexParameters {
        let file = try write { writer throws(IndexError) in
            try writer.section("chosen") { sink throws(IndexError) in
                try sink.write(Array(text.utf8))
            }
        }
        return try IndexParameters(reading: file, of: definition)
    }

    @Test func whatIsWrittenIsRead() throws {
        let chosen = IndexParameters([
            "m": .number(7), "seed": .number(.max), "codes": .word("f16"),
            IndexParameter.measuringRecall: .flag(false),
        ])
        let complete = try definition.complete(chosen)
        let file = try write { writer throws(IndexError) in try complete.write(to: &writer) }
        #expect(try IndexParameters(reading: file, of: definition) == complete)
        // What a file does not name is as usual.
        #expect(try read("1\nm 7\n") == definition.complete(IndexParameters(["m": .number(7)])))
        #expect(try read("0\n") == definition.complete(IndexParameters()))
    }

    @Test(arguments: [
        "", "1", "1\nm 7", "2\nm 7\n", "1\nm 7\n\n", "1\nm 7\0", "1\nm  7\n", "1\nm 07\n",
        "1\nm\n", "1\nm seven\n", "1\nm 1000\n", "1\nn 7\n", "1\ncodes f8\n", "2\nm 7\nm 7\n",
        String(repeating: "1\nm 7\n", count: 20_000),
    ])
    func whatCannotBeIsRefused(text: String) {
        let error = #expect(throws: IndexError.self) { _ = try read(text) }
        #expect(error?.code == .damagedFile)
        #expect(error?.message.contains("build the index again") == true)
    }

    @Test func aFileWithoutThemIsRefused() throws {
        let file = try write { _ throws(IndexError) in }
        #expect(throws: IndexError.self) { _ = try IndexParameters(reading: file, of: definition) }
    }
}
